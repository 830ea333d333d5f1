// The clipboard API exists on secure origins only, and may be refused; a selected field works everywhere.
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try { return await navigator.clipboard.writeText(text); } catch { /* The field may still do. */ }
  }
  const before = document.activeElement;
  const field = make("textarea", { value: text, className: "copied", readOnly: true });
  document.body.append(field);
  field.focus({ preventScroll: true });
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (before) before.focus({ preventScroll: true });
  if (!copied) throw new Error("not copied");
}

function wireCopy(button) {
  const said = one("[data-copied]", button.parentElement);
  const text = () => (button.dataset.copy.startsWith("/") ? new URL(button.dataset.copy, location.href).href : button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () => copy(text()).then(
    () => { if (said) said.textContent = "Copied."; },
    () => { if (said) said.textContent = text(); },
  ));
}
