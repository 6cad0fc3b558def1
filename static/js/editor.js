/* The editor of articles: form[data-editor]. Ctrl+S or ⌘S saves; leaving with unsaved words asks first;
   [data-lang-tab] shows one of the panes [data-lang-pane] where there is room for one; [data-mark] selects its words
   in the field that its address names. [data-unsaved] marks a page whose words came back without being saved.
   What was sent comes back, with the words of data-restored, where the session had ended before it arrived; so does what
   stood there before the language was switched. */

const d = document;
const form = d.querySelector("form[data-editor]");
const key = form && `unsent:${new URL(form.action).pathname}`;
let isLeaving = false;

const fields = () => [...form.elements].filter((el) => el.name && el.name !== "csrfmiddlewaretoken" && !["file", "submit", "button"].includes(el.type));
const isBox = (el) => el.type === "checkbox" || el.type === "radio";
function isChanged(el) {
  if (isBox(el)) return el.checked !== el.defaultChecked;
  if (el.options) return [...el.options].some((option) => option.selected !== option.defaultSelected);
  return el.type !== "hidden" && el.value !== el.defaultValue;
}
const isDirty = () => Boolean(form) && !isLeaving && ("unsaved" in form.dataset || fields().some(isChanged));

function keep(isSent) {
  const values = fields().filter((el) => !isBox(el) || el.checked).map((el) => [el.name, el.value]);
  sessionStorage.setItem(key, JSON.stringify({ isSent, version: form.elements.version.value, values }));
}
function restore() {
  // A page that the form itself led to is the answer to what was sent.
  const sender = document.referrer ? `unsent:${new URL(document.referrer).pathname}` : "";
  if (JSON.parse(sessionStorage.getItem(sender))?.isSent) sessionStorage.removeItem(sender);
  const kept = JSON.parse(sessionStorage.getItem(key));
  sessionStorage.removeItem(key);
  // What was sent and made another version was saved.
  if (!kept || "unsaved" in form.dataset || (kept.isSent && kept.version !== form.elements.version.value)) return;
  for (const el of fields()) {
    const values = kept.values.filter(([name]) => name === el.name).map(([, value]) => value);
    if (isBox(el)) el.checked = values.includes(el.value); else if (values.length) [el.value] = values;
  }
  if (kept.isSent && isDirty()) globalThis.hd.toast("t-toast", form.dataset.restored);
}
if (form) restore();

d.addEventListener("submit", (e) => {
  if (!form || (e.target !== form && !e.target.matches("[data-language]"))) return;
  keep(e.target === form);
  isLeaving = true;
});
// A part of the page that finds the session ended leads the whole page to the sign-in.
d.addEventListener("htmx:beforeOnLoad", (e) => { if (form && e.detail.xhr.status === 401) { keep(true); isLeaving = true; } });
d.addEventListener("keydown", (e) => {
  if (!form || e.key.toLowerCase() !== "s" || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
  e.preventDefault();
  form.requestSubmit(form.querySelector("[data-save]"));
});
addEventListener("beforeunload", (e) => { if (isDirty()) e.preventDefault(); });
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
