/* Boxes in which one types to choose carry the label of their field; select2 names them after what they hold. */
const nameOf = (select) =>
  select.getAttribute("aria-label") || (select.labels && select.labels[0] ? select.labels[0].textContent.trim().replace(/[:：]$/, "") : "");

function label(select) {
  const box = select.nextElementSibling && select.nextElementSibling.querySelector(".select2-selection");
  const name = nameOf(select);
  if (!box || !name || box.dataset.labelled) return;
  box.dataset.labelled = "true";
  const text = box.querySelector(".select2-selection__rendered");
  box.removeAttribute("aria-labelledby");
  box.setAttribute("aria-label", name);
  if (text) {
    if (text.id) box.setAttribute("aria-describedby", text.id);
    // Inside a combobox it is only the text that is chosen, not a field of its own.
    text.removeAttribute("role");
    text.removeAttribute("aria-readonly");
  }
}

const labelAll = () => document.querySelectorAll("select.select2-hidden-accessible").forEach(label);
new MutationObserver(labelAll).observe(document.body, { childList: true, subtree: true });
labelAll();
