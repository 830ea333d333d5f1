// What the lightbox consists of. A shared album, or one picture alone, offers less than a gallery.
function lightboxParts(gallery) {
  const alone = "zoom" in gallery.dataset;
  const own = !alone && !one("[data-original]", gallery);
  const changes = own && one("[data-batch-delete]");
  const tool = (tag, picture, ariaLabel, use = true, className = "") => make(tag, { className: `box-tool ${className}`, title: ariaLabel, ariaLabel, hidden: !use }, icon(picture));
  const box = {
    image: make("img", { alt: "", draggable: false }),
    title: make("span", { className: "box-title" }),
    place: make("span", { className: "box-place" }),
    panel: make("aside", { className: "box-panel", ariaLabel: "About this picture", hidden: true }),
    pick: tool("button", "check", "Select", gallery.dataset.gallery === "select"),
    share: tool("a", "share-2", "Share", changes),
    save: tool("a", "download", "Download the original (one pull)", !alone),
    remove: tool("button", "trash-2", "Delete", changes),
    about: tool("button", "info", "About this picture", own),
    page: tool("a", "ellipsis", own ? "Details page" : "Original", !alone),
    closer: tool("button", "zoom-in", "Zoom"),
    original: tool("button", "image", ""),
    close: tool("button", "x", "Close"),
    back: tool("button", "chevron-left", "Previous picture", !alone, "box-back"),
    on: tool("button", "chevron-right", "Next picture", !alone, "box-on"),
  };
  box.setOriginal = (isAnimated) => {
    box.original.ariaLabel = box.original.title = isAnimated ? "Play it (one pull)" : "Show the original here (one pull)";
    box.original.replaceChildren(icon(isAnimated ? "play" : "image"));
  };
  box.save.download = "";
  box.page.dataset.boxPage = "";
  box.stage = make("div", { className: "box-stage" }, box.image);
  box.dialog = make("dialog", { className: "box", ariaLabel: "Picture", tabIndex: -1 },
    make("p", { className: "box-about", role: "status" }, box.title, " ", box.place),
    make("div", { className: "box-tools" }, box.closer, box.original, box.close),
    box.stage, box.back,
    make("div", { className: "box-actions" }, box.pick, box.share, box.save, box.about, box.page, box.remove),
    box.on, box.panel);
  return box;
}

// What is known about the picture, asked for when somebody wants to know.
function wirePanel({ dialog, panel, about }) {
  let tile = null;

  async function fill() {
    if (panel.hidden) return;
    const asked = tile;
    panel.replaceChildren();
    const answer = await fetch(pageOf(tile), { headers: { accept: "text/html" }, cache: "no-store" }).catch(() => null);
    const text = answer && await answer.text();
    if (asked !== tile) return;
    if (!answer) panel.replaceChildren("The server cannot be reached.");
    else panel.replaceChildren(...(answer.ok ? knownOf(new DOMParser().parseFromString(text, "text/html")) : refusalOf(answer.status, null)));
  }

  function toggle() {
    if (about.hidden) return;
    panel.hidden = !dialog.classList.toggle("told");
    about.setAttribute("aria-expanded", String(!panel.hidden));
    fill();
  }
  about.setAttribute("aria-expanded", "false");
  about.addEventListener("click", toggle);
  return { toggle, follow(next) { tile = next; fill(); } };
}

// As its page tells it.
function knownOf(page) {
  const tags = one("[data-tags-of]", page);
  return [make("h2", { textContent: one("h1", page).textContent }), ...(tags ? [tags] : []), one("[data-facts]", page)];
}
