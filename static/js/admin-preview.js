/* The next ticket's number while its format is being typed. */
const out = document.getElementById("number-preview");
const fields = ["id_number_format", "id_first_number"].map((id) => document.getElementById(id)).filter(Boolean);
let timer;
async function refresh() {
  const query = new URLSearchParams(fields.map((field) => [field.name, field.value]));
  const answer = await fetch(`${out.dataset.url}?${query}`, { headers: { Accept: "application/json" } });
  if (answer.ok) out.textContent = (await answer.json()).text;
}
if (out) {
  for (const field of fields) {
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => refresh().catch(() => {}), 300); });
  }
}
