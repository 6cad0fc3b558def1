/* The package of a hand-over fills up while one writes: [data-part] fields, [data-check] lines, [data-progress] and
   [data-given]. Without this the server counts when the form is sent. */
const text = (name) => document.querySelector(`[data-part="${name}"]`)?.value.trim() ?? "";

function count(form) {
  let given = 0;
  for (const line of form.querySelectorAll("[data-check]")) {
    const isThere = text(line.dataset.check) !== "";
    line.classList.toggle("there", isThere);
    given += Number(isThere);
  }
  const bar = form.querySelector("[data-progress]");
  const number = form.querySelector("[data-given]");
  if (bar) bar.value = given;
  if (number) number.value = String(given);
}

document.addEventListener("input", (e) => {
  const form = e.target.closest?.("form");
  if (form?.querySelector("[data-check]")) count(form);
});
