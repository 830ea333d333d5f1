// The pictures that are chosen: how many, and all or none of them.
function wireSelection(form) {
  const bar = one("[data-batch-bar]", form);
  if (!bar) return;
  const count = one("[data-batch-count]", bar);
  const boxes = () => all('.tile input[type="checkbox"]', form);
  const every = make("button", { type: "button", className: "link", textContent: "All" });
  const none = make("button", { type: "button", className: "link", textContent: "None" });
  const choose = (on) => { boxes().forEach((box) => { box.checked = on; }); tell(); };
  every.addEventListener("click", () => choose(true));
  none.addEventListener("click", () => choose(false));
  count.after(every, none);
  let last = null;
  function tell() {
    const chosen = boxes().filter((box) => box.checked).length;
    count.textContent = `${chosen} selected`;
  }
  // Shift takes everything between this one and the one before.
  form.addEventListener("click", (event) => {
    if (!event.target.matches('.tile input[type="checkbox"]')) return;
    const known = boxes();
    if (event.shiftKey && last && known.includes(last)) {
      const [from, to] = [known.indexOf(last), known.indexOf(event.target)].sort((a, b) => a - b);
      known.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
    }
    last = event.target;
    tell();
  });
  form.addEventListener("change", tell);
  // Enter in a field means its own button, not the first one of the form.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".pair input")) return;
    event.preventDefault();
    one("button", event.target.parentElement).click();
  });
  wireLongPress(form);
  keepSelection(form, bar);
  tell();
  // It grows with the zoom: what gets the focus, and the tray, keep above it.
  new ResizeObserver(() => {
    const { style } = document.documentElement;
    if (bar.offsetHeight > 0) style.setProperty("--under", `${bar.offsetHeight + 12}px`); else style.removeProperty("--under");
  }).observe(bar);
}

// On a touch screen, holding a picture selects it; the tap that this ends with opens nothing.
function wireLongPress(form) {
  let timer = 0;
  let held = false;
  form.addEventListener("pointerdown", (event) => {
    held = false;
    const tile = event.pointerType === "touch" && event.target.closest(".tile a");
    if (tile) timer = setTimeout(() => { one('input[type="checkbox"]', tile.parentElement).click(); held = true; }, 450);
  });
  for (const end of ["pointerup", "pointercancel"]) form.addEventListener(end, () => { clearTimeout(timer); setTimeout(() => { held = false; }, 50); });
  form.addEventListener("contextmenu", (event) => { if (event.pointerType === "touch" && event.target.closest(".tile")) event.preventDefault(); });
  form.addEventListener("click", (event) => { if (held) { event.preventDefault(); event.stopPropagation(); } }, true);
}
