/* Files: <div data-drop><input type=file multiple data-upload-url="…"><ul class="files"></ul></div>.
   With data-upload-url each file goes up at once (field "file"), with its progress; the answer {"id": …} becomes a hidden
   input (data-upload-name, else "attachments"). A file that fails says why and the others stay. data-max-bytes and
   data-too-large refuse before sending. Without the address files are listed and go up with the form.
   Files may be picked, dropped on the form, or pasted into it. */

const d = document;
const { clone } = globalThis.hd;
const running = new WeakMap();
const chosen = new WeakMap();

const inputOf = (el) => el.closest?.("form")?.querySelector("[data-drop] input[type=file]");
const listOf = (input) => input.closest("[data-drop]").querySelector(".files");
const kilobytes = (n) => (n < 1048576 ? `${Math.ceil(n / 1024)} KB` : `${(n / 1048576).toFixed(1)} MB`);

function row(input, file, remove) {
  const part = clone("t-file");
  const item = part.querySelector("li");
  item.querySelector("[data-name]").textContent = file.name;
  item.querySelector("[data-size]").textContent = kilobytes(file.size);
  item.querySelector("[data-remove]").addEventListener("click", () => { remove(); item.remove(); });
  listOf(input).append(part);
  return item;
}

function fail(item, text) {
  const box = item.querySelector("[data-error]");
  if (typeof text === "string" && text) box.querySelector("span").textContent = text;
  box.hidden = false;
  item.querySelector("progress").hidden = true;
}

function upload(input, file) {
  const form = input.form;
  const request = new XMLHttpRequest();
  const item = row(input, file, () => request.abort());
  if (input.dataset.maxBytes && file.size > Number(input.dataset.maxBytes)) { fail(item, input.dataset.tooLarge); return; }
  const count = (by) => running.set(form, (running.get(form) ?? 0) + by);
  count(1);
  request.upload.addEventListener("progress", (e) => { if (e.lengthComputable) item.querySelector("progress").value = (e.loaded / e.total) * 100; });
  request.addEventListener("loadend", () => {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* not ours: the generic sentence stays */ }
    if (request.status >= 200 && request.status < 300 && answer.id) {
      item.classList.add("done");
      item.querySelector("progress").hidden = true;
      item.append(Object.assign(d.createElement("input"), { type: "hidden", name: input.dataset.uploadName || "attachments", value: answer.id }));
    } else if (item.isConnected) fail(item, answer.error?.message ?? answer.message);
    count(-1);
    if (!running.get(form) && form.dataset.sendAfter) {
      delete form.dataset.sendAfter;
      form.requestSubmit();
    }
  });
  request.open("POST", input.dataset.uploadUrl);
  const headers = JSON.parse(d.body.getAttribute("hx-headers") || "{}");
  for (const [name, value] of Object.entries({ ...headers, Accept: "application/json" })) request.setRequestHeader(name, value);
  const data = new FormData();
  data.set("file", file);
  request.send(data);
}

/* Without an address: the input itself keeps the files, so that the plain form sends them. */
function attach(input, files) {
  const all = [...(chosen.get(input) ?? []), ...files];
  const write = () => {
    const transfer = new DataTransfer();
    for (const file of chosen.get(input)) transfer.items.add(file);
    input.files = transfer.files;
  };
  chosen.set(input, all);
  write();
  for (const file of files) {
    const item = row(input, file, () => { chosen.set(input, chosen.get(input).filter((other) => other !== file)); write(); });
    item.querySelector("progress").hidden = true;
    if (input.dataset.maxBytes && file.size > Number(input.dataset.maxBytes)) fail(item, input.dataset.tooLarge);
  }
}

function take(input, files) {
  if (!input || !files.length) return;
  if (input.dataset.uploadUrl) for (const file of files) upload(input, file);
  else attach(input, files);
}

d.addEventListener("change", (e) => {
  if (!e.target.matches?.("[data-drop] input[type=file]")) return;
  const files = [...e.target.files];
  if (e.target.dataset.uploadUrl) e.target.value = "";
  take(e.target, files);
});
d.addEventListener("paste", (e) => {
  const files = [...(e.clipboardData?.files ?? [])];
  const input = inputOf(e.target);
  if (files.length && input) { e.preventDefault(); take(input, files); }
});
for (const name of ["dragover", "dragleave", "drop"]) {
  d.addEventListener(name, (e) => {
    const input = inputOf(e.target);
    if (!input || !e.dataTransfer?.types.includes("Files")) return;
    input.closest("[data-drop]").classList.toggle("over", name === "dragover");
    if (name !== "dragleave") e.preventDefault();
    if (name === "drop") take(input, [...e.dataTransfer.files]);
  });
}
/* Sending waits for files that are still on their way. Capturing, so that it comes before the page's own guard. */
d.addEventListener("submit", (e) => {
  if (!running.get(e.target)) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  e.target.dataset.sendAfter = "1";
}, true);
