// Keys of one letter. They can be switched off in the list that `?` shows, for those who speak to
// their computer (WCAG 2.1.4).
const KEYS_OFF = "imagehub-keys-off";

function wireKeys(lightbox) {
  const list = [
    ["n or u", "Upload pictures"], ["/", "Search"], ["← →", "Previous and next picture"],
    ["Enter", "Look at the picture"], ["i", "Its page, with all details"], ["x or space", "Select it"],
    ["d", "Delete it; there is an undo"], ["e", "Edit title and tags"], ["g", "Back to the gallery"],
    ["Escape", "Close"], ["?", "This list"],
  ];
  const isOff = () => { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; } };
  const help = keyHelp(list, isOff);
  document.body.append(help);
  all("[data-keys]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => help.showModal()); });

  const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const tileOf = (target) => target.closest(".tile") || (lightbox && lightbox.current());
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isOff() && event.key !== "?") return;
    if (!(event.target instanceof Element) || typing(event.target) || help.open) return;
    const tile = tileOf(event.target);
    if (act(event, tile)) event.preventDefault();
  });

  function act(event, tile) {
    switch (event.key) {
      case "?": help.showModal(); return true;
      case "n": case "u": return press('form[data-upload] input[type="file"]');
      case "/": return focus("[data-search]");
      case "g": return press(".crumbs a");
      case "e": return edit();
      case "i": if (tile) { location.href = one("a", tile).href; return true; } return false;
      case " ": return tile && event.target.matches("a, dialog") ? select(tile) : false;
      case "x": return tile ? select(tile) : false;
      case "d": return remove(tile);
      case "ArrowLeft": return move(event, -1);
      case "ArrowRight": return move(event, 1);
      default: return false;
    }
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

  function edit() {
    const details = one("details[data-edit]");
    if (!details) return false;
    details.open = true;
    return focus("details[data-edit] input");
  }

  function select(tile) {
    if (lightbox && lightbox.current() === tile) { lightbox.toggle(); return true; }
    const box = one('input[type="checkbox"]', tile);
    if (box) box.click();
    return Boolean(box);
  }

  // The picture in hand, or the chosen ones.
  function remove(tile) {
    const button = one("[data-batch-delete]");
    if (!button) return press("[data-delete] button");
    if (tile) { const box = one('input[type="checkbox"]', tile); if (box) box.checked = true; }
    if (!one('.tile input[type="checkbox"]:checked')) return false;
    button.click();
    return true;
  }

  function move(event, by) {
    if (lightbox && lightbox.current()) return false;
    const links = all("[data-gallery] .tile a");
    const here = links.indexOf(event.target.closest(".tile a"));
    if (here < 0) return press(by < 0 ? "[data-previous]" : "[data-following]");
    const next = links[here + by];
    if (next) next.focus();
    return true;
  }
}

function keyHelp(list, isOff) {
  const rows = list.map(([keys, what]) => make("div", {}, make("dt", {}, make("kbd", { textContent: keys })), make("dd", { textContent: what })));
  const use = make("input", { type: "checkbox", checked: !isOff() });
  use.addEventListener("change", () => { try { localStorage.setItem(KEYS_OFF, use.checked ? "0" : "1"); } catch { /* It holds for this page's life only. */ } });
  const close = make("button", { className: "button slim", textContent: "Close", value: "close" });
  return make("dialog", { className: "keys card", ariaLabel: "Keys" },
    make("h2", { textContent: "Keys" }),
    make("dl", {}, ...rows),
    make("label", { className: "row" }, use, "Use keys of one letter"),
    make("form", { method: "dialog" }, close));
}
