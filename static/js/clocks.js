/* Time left on chips, each 30 s: <span class="chip sla" data-due="…Z" data-clock="Reply"><svg…><time>…</time></span>.
   The words stand in <template id="t-clocks" data-now data-words>, the server's time too: the PC's clock may be wrong.
   A chip without data-due pauses or has stopped, and stays as it is. */

const d = document;
const source = d.getElementById("t-clocks");
const words = JSON.parse(source.dataset.words);
const LOOKS = { crit: ["clockf", "crit"], late: ["bang", "late_state"] };
const QUARTER = 15 * 60;
let ahead = Date.parse(source.dataset.now) - Date.now();

const say = (name, values) => words[name].replace(/%\((\w+)\)[ds]/g, (_all, key) => values[key]);

function length(seconds) {
  const minutes = Math.floor(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (minutes < 1) return words.under;
  if (hours >= 48) return say(hours % 24 ? "dh" : "d", { days: Math.floor(hours / 24), hours: hours % 24 });
  if (hours) return say(rest ? "hm" : "h", { hours, minutes: rest });
  return say("m", { minutes });
}

function look(chip, name) {
  if (chip.classList.contains(name)) return;
  chip.classList.remove("ok", "soon", "crit", "late");
  chip.classList.add(name);
  const icon = chip.querySelector("svg");
  icon.querySelector("use").setAttribute("href", `#i-${LOOKS[name][0]}`);
  icon.removeAttribute("aria-hidden");
  icon.setAttribute("role", "img");
  icon.setAttribute("aria-label", words[LOOKS[name][1]]);
}

function refresh() {
  if (d.hidden) return;
  const now = Date.now() + ahead;
  for (const chip of d.querySelectorAll(".sla[data-due]")) {
    const left = (Date.parse(chip.dataset.due) - now) / 1000;
    const kind = left < 0 ? "late" : "left";
    const { clock } = chip.dataset;
    const text = say(clock ? `named_${kind}` : kind, { clock, time: length(Math.abs(left)) });
    const time = chip.querySelector("time");
    if (time.textContent !== text) time.textContent = text;
    if (left < 0) look(chip, "late");
    else if (left <= QUARTER) look(chip, "crit");
  }
}

/* Every answer tells the time again. */
d.addEventListener("htmx:afterRequest", (e) => {
  const told = Date.parse(e.detail.xhr?.getResponseHeader("Date") ?? "");
  if (told) ahead = told - Date.now();
});
d.addEventListener("htmx:afterSettle", refresh);
d.addEventListener("visibilitychange", refresh);
setInterval(refresh, 30_000);
