/* [data-scan] reads QR and bar codes with the camera into the form around it, where the browser can; where it can't,
   [data-scan-missing] says so, and [data-scan-refused] when the camera isn't allowed. Typing and scanners that type work
   without this. */

const FORMATS = ["qr_code", "code_128", "code_39", "ean_13", "data_matrix"];
const PAUSE = 250; // ms between two looks
const AGAIN = 3000; // ms until the same code counts anew

let stream = null;
let last = { code: "", at: 0 };

const canRead = "BarcodeDetector" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);

function offer() {
  for (const el of document.querySelectorAll(canRead ? "[data-scan]" : "[data-scan-missing]")) el.hidden = false;
  if (stream) show();
}

function say(isRefused) {
  const words = document.querySelector("[data-scan-refused]");
  if (words) words.hidden = !isRefused;
}

function show() {
  const view = document.querySelector("[data-scan-view]");
  if (!view) return;
  view.srcObject = stream;
  view.hidden = false;
  view.play().catch(() => {});
}

async function look(detector) {
  const view = document.querySelector("[data-scan-view]");
  if (!stream || !view) return;
  try {
    const [found] = view.readyState > 1 ? await detector.detect(view) : [];
    const now = Date.now();
    if (found && (found.rawValue !== last.code || now - last.at > AGAIN)) {
      last = { code: found.rawValue, at: now };
      const form = view.closest("form");
      form.elements.code.value = found.rawValue;
      form.requestSubmit();
    }
  } catch { /* a frame that can't be read; the next one may be */ }
  setTimeout(look, PAUSE, detector);
}

document.addEventListener("click", async (e) => {
  if (!e.target.closest?.("[data-scan]")) return;
  if (stream) {
    for (const track of stream.getTracks()) track.stop();
    stream = null;
    document.querySelector("[data-scan-view]").hidden = true;
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    say(true);
    return;
  }
  say(false);
  show();
  look(new BarcodeDetector({ formats: FORMATS }));
});
document.addEventListener("htmx:afterSwap", offer);
offer();
