// What the page of a meeting does besides: it works without. The transcript follows the player and
// is searched as one types; times lead the player there.

const player = document.getElementById("player");
const lines = [...document.querySelectorAll(".transcript li")];
const starts = lines.map((line) => Number(line.dataset.start));

// The last line that has begun: starts are in order.
function lineAt(seconds) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

let current = lines.findIndex((line) => line.hasAttribute("aria-current"));
function point(index) {
  if (index === current) return;
  lines[current]?.removeAttribute("aria-current");
  lines[index]?.setAttribute("aria-current", "true");
  current = index;
}

if (player) {
  player.addEventListener("timeupdate", () => point(lineAt(player.currentTime)));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='?t='], a.time");
    if (!link) return;
    event.preventDefault();
    const seconds = Number(link.dataset.t ?? new URL(link.href).searchParams.get("t"));
    player.currentTime = seconds;
    player.play().catch(() => {});
    point(lineAt(seconds));
  });
}

const wanted = document.getElementById("say");
const said = document.getElementById("said");

// The words of a line, with those that were looked for marked; never as HTML.
function mark(line, words) {
  const text = line.querySelector("p");
  for (const old of text.querySelectorAll("mark")) old.replaceWith(old.textContent);
  text.normalize();
  const last = text.lastChild;
  if (!words || last?.nodeType !== Node.TEXT_NODE) return words === "";
  const at = last.data.toLowerCase().indexOf(words);
  if (at < 0) return text.textContent.toLowerCase().includes(words);
  const hit = last.splitText(at);
  hit.splitText(words.length);
  const marked = document.createElement("mark");
  marked.textContent = hit.data;
  hit.replaceWith(marked);
  return true;
}

// A page that was searched on the server has only the lines that fit: there nothing is added.
if (wanted && !wanted.value) {
  wanted.addEventListener("input", () => {
    const words = wanted.value.trim().toLowerCase();
    let found = 0;
    for (const line of lines) {
      line.hidden = !mark(line, words);
      if (!line.hidden) found += 1;
    }
    said.textContent = words ? `${found} of ${lines.length} utterances have “${wanted.value.trim()}”.` : "";
  });
  wanted.form.addEventListener("submit", (event) => event.preventDefault());
}

const asked = new URLSearchParams(location.search).get("t");
if (asked && current >= 0 && !location.hash) lines[current].scrollIntoView({ block: "center" });
