/* The editor of articles: form[data-editor]. Ctrl+S or ⌘S saves; leaving with unsaved words asks first;
   [data-lang-tab] shows one of the panes [data-lang-pane] where there is room for one; [data-mark] selects its words
   in the field that its address names. */

const d = document;
const form = d.querySelector("form[data-editor]");
let isDirty = false;

form?.addEventListener("input", () => { isDirty = true; });
form?.addEventListener("submit", () => { isDirty = false; });
d.addEventListener("keydown", (e) => {
  if (!form || e.key.toLowerCase() !== "s" || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
  e.preventDefault();
  form.requestSubmit(form.querySelector("[data-save]"));
});
addEventListener("beforeunload", (e) => { if (isDirty) e.preventDefault(); });
d.addEventListener("click", (e) => {
  const link = e.target.closest?.("a[data-mark]");
  const field = link && d.querySelector(link.hash);
  const start = field ? field.value.indexOf(link.dataset.mark) : -1;
  if (start >= 0) {
    e.preventDefault();
    field.focus();
    field.setSelectionRange(start, start + link.dataset.mark.length);
    return;
  }
  const tab = e.target.closest?.("[data-lang-tab]");
  if (!tab) return;
  for (const other of d.querySelectorAll("[data-lang-tab]")) other.setAttribute("aria-pressed", String(other === tab));
  for (const pane of d.querySelectorAll("[data-lang-pane]")) pane.classList.toggle("on", pane.dataset.langPane === tab.dataset.langTab);
});
