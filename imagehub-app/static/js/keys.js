// Keys of one letter. They can be switched off in the list that `?` shows, for those who speak to
// their computer (WCAG 2.1.4); arrows are no letters and go on.
const KEYS_OFF = "imagehub-keys-off";

// Of a page that has one.
let lightbox = null;

function wireKeys() {
  const isOff = () => { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; } };
  const help = keyHelp(isOff);
  document.body.append(help);
  all("[data-keys]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => help.showModal()); });

  const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const inLightbox = () => lightbox && lightbox.current();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!(event.target instanceof Element) || typing(event.target) || help.open) return;
    if (isOff() && !["?", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
    if (act(event, inLightbox() || event.target.closest(".tile"))) event.preventDefault();
  });

  function act(event, tile) {
    switch (event.key) {
      case "?": help.showModal(); return true;
      case "n": case "u": return press('form[data-upload] input[type="file"]');
      case "/": return !inLightbox() && focus("[data-search]");
      case "g": return press(".crumbs a");
      case "e": return edit(tile);
      case "i": return about(tile);
      case "+": case "=": return zoom(() => lightbox.zoom.by(1.5));
      case "-": return zoom(() => lightbox.zoom.by(1 / 1.5));
      case "z": return zoom(lightbox && lightbox.zoom.toggle);
      case " ": return tile && event.target.matches("a, dialog") ? select(tile) : false;
      case "x": return tile ? select(tile) : false;
      case "d": return one("[data-batch-delete]") ? deletePictures(tile) : press("[data-delete] button");
      case "ArrowLeft": return move(event.target, -1);
      case "ArrowRight": return move(event.target, 1);
      default: return false;
    }
  }

  function visit(url) {
    location.href = url;
    return true;
  }

  // In the lightbox beside the picture, in the gallery on its page.
  function about(tile) {
    if (!inLightbox()) return tile ? visit(pageOf(tile)) : false;
    lightbox.about();
    return true;
  }

  function zoom(act) {
    if (inLightbox()) act();
    return Boolean(inLightbox());
  }

  function press(selector) {
    const found = one(selector);
    if (found) found.click();
    return Boolean(found);
  }

  function focus(selector) {
    const found = one(selector);
    if (found) { found.focus(); found.select(); }
    return Boolean(found);
  }

  // A picture is edited on its page.
  function edit(tile) {
    if (tile) return tile.dataset.original ? false : visit(`${pageOf(tile)}#edit`);
    return openEdit();
  }

  function select(tile) {
    if (inLightbox() === tile) { lightbox.toggle(); return true; }
    const box = one('input[type="checkbox"]', tile);
    if (box) box.click();
    return Boolean(box);
  }

  function move(from, by) {
    if (inLightbox()) { lightbox.step(by); return true; }
    const links = all("[data-gallery] .tile a");
    const here = links.indexOf(from.closest(".tile a"));
    if (here < 0) return press(by < 0 ? "[data-previous]" : "[data-following]");
    const next = links[here + by];
    if (next) next.focus();
    return true;
  }

  if (location.hash === "#edit") openEdit();
}

// The picture in hand and nothing else, or the chosen ones.
function deletePictures(tile) {
  const box = tile && one('input[type="checkbox"]', tile);
  if (box && !box.checked) all('.tile input[type="checkbox"]').forEach((other) => { other.checked = other === box; });
  if (!one('.tile input[type="checkbox"]:checked')) return false;
  one("[data-batch-delete]").click();
  return true;
}

function openEdit() {
  const details = one("details[data-edit]");
  if (!details) return false;
  details.open = true;
  const field = one("input", details);
  field.focus();
  field.select();
  return true;
}

// What can be done on this page; a key that does nothing here is not in the list.
function keyHelp(isOff) {
  const list = [
    ["n or u", "Upload pictures", "form[data-upload]"], ["/", "Search", "[data-search]"],
    ["← →", "Previous and next picture", "[data-gallery], [data-previous], [data-following]"],
    ["Enter", "Open the picture", "[data-gallery]"], ["i", "What is known about it", "[data-gallery]"],
    ["+ and −, or z", "Look closer at a large picture", "[data-gallery], [data-zoom]"],
    ["x or space", "Select it", '[data-gallery="select"]'],
    ["d", "Delete it (you can undo this)", "[data-batch-delete], [data-delete]"],
    ["e", "Edit title and tags", "[data-batch-delete], [data-edit]"],
    ["g", "Back to the gallery", ".crumbs a"], ["Escape", "Close", "body"], ["?", "This list", "body"],
  ];
  const rows = list.filter(([, , place]) => one(place)).map(([keys, what]) => make("div", {},
    make("dt", {}, make("kbd", { textContent: keys })), make("dd", { textContent: what })));
  const use = make("input", { type: "checkbox", checked: !isOff() });
  use.addEventListener("change", () => { try { localStorage.setItem(KEYS_OFF, use.checked ? "0" : "1"); } catch { /* It holds for this page's life only. */ } });
  const close = make("button", { className: "button slim", textContent: "Close", value: "close" });
  return make("dialog", { className: "keys card", ariaLabel: "Keyboard shortcuts" },
    make("h2", { textContent: "Keyboard shortcuts" }),
    make("dl", {}, ...rows),
    make("label", { className: "row" }, use, "Use single-letter shortcuts"),
    make("form", { method: "dialog" }, close));
}
