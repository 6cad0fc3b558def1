/* Who is on the phone, by keyboard, and for how long.
   input[data-finds="callers"]: the people found stand as radios in #callers. Arrow down goes there; Enter takes the only one,
   else goes there; Enter on a person goes on to [data-begins], or to the name of somebody new.
   [data-call-timer] counts from data-elapsed seconds; [data-call-stop] writes the length into [data-call-length]. */

const d = document;
const finder = d.querySelector("[data-finds]");
const list = d.getElementById(finder?.dataset.finds);
let isAwaited = false;
let asked = finder?.value;
let answered = asked;

const radios = () => [...list.querySelectorAll("input[type=radio]")];
const people = () => radios().filter((radio) => !radio.value.startsWith(":"));

function take(radio) {
  radio.focus();
  if (!radio.checked) radio.click();
}

function goOn(radio) {
  if (radio.value.startsWith(":")) {
    const name = d.querySelector("#contact [name=contact_name]");
    name?.closest("details")?.setAttribute("open", "");
    name?.focus();
  } else {
    (d.querySelector("[data-begins]") ?? d.getElementById("new-subject"))?.focus();
  }
}

function answer() {
  const found = people();
  if (found.length === 1) {
    if (!found[0].checked) found[0].click();
    goOn(found[0]);
  } else if (radios().length) {
    take(radios().find((radio) => radio.checked) ?? radios()[0]);
  }
}

finder?.addEventListener("keydown", (e) => {
  if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey || !["Enter", "ArrowDown"].includes(e.key)) return;
  if (!finder.value.trim()) return;
  e.preventDefault();
  if (answered === finder.value) { answer(); return; }
  isAwaited = true;
  if (asked !== finder.value) finder.dispatchEvent(new CustomEvent("ui:input", { bubbles: true }));
});
finder?.addEventListener("ui:input", () => { asked = finder.value; });
d.addEventListener("htmx:afterSettle", (e) => {
  if (e.detail.target !== list) return;
  answered = asked;
  if (!isAwaited || answered !== finder.value) return;
  isAwaited = false;
  answer();
});
list?.addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || e.ctrlKey || e.metaKey || !e.target.matches("input[type=radio]")) return;
  e.preventDefault();
  if (!e.target.checked) e.target.click();
  goOn(e.target);
});

/* The timer */

const timer = d.querySelector("[data-call-timer]");
const length = d.querySelector("[data-call-length]");
const stop = d.querySelector("[data-call-stop]");
const from = performance.now() - 1000 * Number(timer?.dataset.elapsed ?? 0);

function written() {
  const seconds = Math.max(0, Math.floor((performance.now() - from) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
function show() {
  timer.textContent = length.value || written();
  stop.setAttribute("aria-pressed", String(Boolean(length.value)));
}
if (timer && length && stop) {
  stop.addEventListener("click", () => {
    length.value = length.value ? "" : written();
    length.dispatchEvent(new Event("input", { bubbles: true }));
    show();
  });
  setInterval(show, 1000);
  show();
}
