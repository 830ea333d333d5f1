// The original in the place of its thumbnail: sharp when it is enlarged, moving if it is animated.
// It costs a pull, so only a button asks for it. Returns why it was refused, in words, or nothing.
async function showOriginal(image, url, isWanted = () => true) {
  const asked = Date.now();
  const answer = await fetch(url, { headers: { accept: "image/*, application/json" } }).catch(() => null);
  if (!answer) return ["The server cannot be reached."];
  noteFilter(answer);
  all("[data-pull] [data-meter]").forEach((meter) => showMeter(meter, (name) => answer.headers.get(name), "pulls", asked));
  if (!answer.ok) return refusalOf(answer.status, await bodyOf(answer));
  const blob = await answer.blob();
  if (!isWanted()) return null;
  image.removeAttribute("srcset");
  image.src = URL.createObjectURL(blob);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  return null;
}

// On an animated picture.
function wirePlay(button) {
  const image = one("img", button.parentElement);
  const words = make("p", { className: "small", role: "status" });
  button.after(words);
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const refused = await showOriginal(image, button.dataset.play);
    words.replaceChildren(...(refused || []));
    button.hidden = !refused;
    button.disabled = false;
  });
}
