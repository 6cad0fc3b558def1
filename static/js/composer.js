/* Writing on a ticket: <… data-composer data-mode="reply">.
   [role=tab][data-mode] switches, [data-panel="reply note"] shows for its modes (a fieldset is disabled while hidden),
   [data-open-mode] opens it on phones, [data-close-composer] shuts it.
   Ctrl+Enter presses the visible [data-send], else the visible .btn.pri.
   Drafts: data-draft-url takes a POST of mode and the visible form's fields (files left out);
   [data-draft-state] shows data-draft-saved ("Draft saved %t") or data-draft-failed. Sending a form[data-ends-drafts]
   keeps nothing more; a form[data-needs-drafts] counts on what is kept, so it waits until that is there. */

const d = document;
const { send } = globalThis.hd;
const timers = new WeakMap();
const saves = new WeakMap();
const shown = (el) => el.getClientRects().length > 0;

function setMode(root, mode, focus) {
  root.dataset.mode = mode;
  for (const tab of root.querySelectorAll("[role=tab][data-mode]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.mode === mode));
    tab.tabIndex = tab.dataset.mode === mode ? 0 : -1;
  }
  for (const radio of root.querySelectorAll(".seg input[type=radio]")) radio.checked = radio.value === mode;
  for (const panel of root.querySelectorAll("[data-panel]")) {
    panel.hidden = !panel.dataset.panel.split(" ").includes(mode);
    if (panel.matches("fieldset")) panel.disabled = panel.hidden;
  }
  if (focus) [...root.querySelectorAll("textarea, .in")].find(shown)?.focus();
}

/* Drafts */

function draftOf(root) {
  const form = root.matches("form") ? root : [...root.querySelectorAll("form")].find(shown);
  if (!form || !root.dataset.draftUrl) return null;
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  data.set("mode", root.dataset.mode);
  return data;
}

function saveDraft(root, keepalive = false) {
  clearTimeout(timers.get(root));
  timers.delete(root);
  const save = postDraft(root, keepalive);
  saves.set(root, save);
  return save;
}

async function postDraft(root, keepalive) {
  const data = draftOf(root);
  if (!data) return true;
  const state = [...root.querySelectorAll("[data-draft-state]")].find(shown);
  try {
    const response = await send(root.dataset.draftUrl, { data, keepalive });
    if (!response.ok) throw new Error(String(response.status));
    const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    if (state && root.dataset.draftSaved) state.textContent = root.dataset.draftSaved.replace("%t", time);
    return true;
  } catch {
    if (state && root.dataset.draftFailed) state.textContent = root.dataset.draftFailed;
    return false;
  }
}

function typed(e) {
  const root = e.target.closest?.("[data-composer][data-draft-url]");
  if (!root || e.isComposing) return;
  clearTimeout(timers.get(root));
  timers.set(root, setTimeout(() => saveDraft(root), 1200));
}
d.addEventListener("input", typed);
d.addEventListener("compositionend", typed);
function flush() {
  for (const root of d.querySelectorAll("[data-composer]")) if (timers.has(root)) saveDraft(root, true);
}
d.addEventListener("visibilitychange", () => { if (d.hidden) flush(); });
addEventListener("pagehide", flush);
// Before the others that listen: they take the form for sent.
d.addEventListener("submit", async (e) => {
  const { target: form, submitter } = e;
  const root = form.matches("[data-needs-drafts]") && d.querySelector("[data-composer]");
  if (!root || !(timers.has(root) || saves.has(root))) return;
  e.preventDefault();
  // What is under way already must not arrive after it.
  const isKept = await saves.get(root);
  if ((isKept && !timers.has(root)) || await saveDraft(root)) {
    saves.delete(root);
    form.requestSubmit(submitter);
  } else globalThis.hd.toast("t-offline");
}, { capture: true });
d.addEventListener("submit", (e) => {
  const ended = e.target.matches("[data-ends-drafts]") ? d.querySelectorAll("[data-composer]") : [e.target.closest("[data-composer]")];
  for (const root of ended) if (root) { clearTimeout(timers.get(root)); timers.delete(root); }
});

/* Modes and keys */

d.addEventListener("click", (e) => {
  const root = e.target.closest?.("[data-composer]");
  if (!root) return;
  const tab = e.target.closest("[role=tab][data-mode]");
  const opener = e.target.closest("[data-open-mode]");
  if (tab) {
    e.preventDefault();
    if (timers.has(root)) saveDraft(root);
    root.classList.add("open");
    setMode(root, tab.dataset.mode, true);
  } else if (opener) {
    root.classList.add("open");
    setMode(root, opener.dataset.openMode, true);
  } else if (e.target.closest("[data-close-composer]")) {
    root.classList.remove("open");
  }
});
d.addEventListener("change", (e) => {
  const root = e.target.closest?.("[data-composer]");
  if (root && e.target.matches(".seg input[type=radio]")) setMode(root, e.target.value, false);
});

d.addEventListener("keydown", (e) => {
  const root = e.target.closest?.("[data-composer]");
  if (!root || e.isComposing || e.keyCode === 229) return;
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    ([...root.querySelectorAll("[data-send]")].find(shown) ?? [...root.querySelectorAll(".btn.pri")].find(shown))?.click();
  } else if (e.target.matches("[role=tab]") && (e.key === "ArrowLeft" || e.key === "ArrowRight")) {
    const tabs = [...root.querySelectorAll("[role=tab][data-mode]")];
    const next = tabs[(tabs.indexOf(e.target) + (e.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    setMode(root, next.dataset.mode, false);
    next.focus();
  }
});

for (const root of d.querySelectorAll("[data-composer]")) setMode(root, root.dataset.mode || "reply", false);
