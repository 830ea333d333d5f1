// Thumbnails that a limit refused, or a server that is not well: they keep their blur, and come by
// themselves one after the other.
function wireLatePictures() {
  const late = new Set();
  const tries = new WeakMap();
  const why = make("span");
  const countdown = make("strong", { ariaHidden: "true" });
  const note = make("p", { className: "late-note note warn", hidden: true, role: "status" }, why, countdown);
  document.body.append(note);
  let busy = false;

  // What cannot be shown although it comes is left as it is, after some tries.
  function add(image) {
    const count = 1 + (tries.get(image) || 0);
    tries.set(image, count);
    image.classList.toggle("late", count < 5);
    if (count >= 5) return;
    late.add(image);
    const tile = image.closest("[data-hash]");
    if (tile) drawPlaceholder(tile);
    image.addEventListener("load", () => image.classList.remove("late"), { once: true });
    bring();
  }

  async function bring() {
    if (busy) return;
    busy = true;
    while (late.size > 0) {
      const [image] = late;
      const answer = await fetch(image.currentSrc || image.src, { headers: { accept: "image/*" } }).catch(() => null);
      if (answer && [429, 503].includes(answer.status)) {
        await rest(answer);
      } else {
        late.delete(image);
        // From here on it is the browser's cache that brings it.
        if (answer && answer.ok) await answer.blob();
        if (answer && answer.ok) image.src = image.src; else image.classList.remove("late");
      }
    }
    note.hidden = true;
    busy = false;
  }

  function rest(answer) {
    why.textContent = `${answer.status === 429 ? "A limit holds some pictures back" : "The server is not well"}. They come by themselves `;
    note.hidden = false;
    return new Promise((resolve) => { countDown(countdown, retryAfter(answer.headers.get("retry-after")), resolve); });
  }

  document.addEventListener("error", (event) => { if (isPicture(event.target)) add(event.target); }, true);
  all("main img").filter((image) => isPicture(image) && image.complete && image.naturalWidth === 0).forEach(add);
}

// A picture that the server made, not one of the page itself.
const isPicture = (element) => element.matches("main img") && !element.src.includes("/static/");
