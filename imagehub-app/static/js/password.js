// A password can be looked at while it is typed; it is sent as one, so that browsers offer to keep it.
function wirePassword(input) {
  const button = make("button", { type: "button", className: "show", ariaLabel: "Show password", ariaPressed: "false" }, icon("eye"));
  const show = (shown) => { input.type = shown ? "text" : "password"; button.ariaPressed = String(shown); };
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
  input.after(button);
}
