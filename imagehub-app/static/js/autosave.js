// A setting that saves itself when it is changed; where its Save button is shown, by that.
function wireSave(form) {
  const control = one("select, [type=checkbox]", form);
  const property = control.type === "checkbox" ? "checked" : "value";
  const said = one("[role=status]", form);
  const [method, url] = form.dataset.save.split(" ");
  let kept = control[property];
  let busy = false;

  async function send() {
    const sent = control[property];
    try {
      const answer = await fetch(url, {
        method, headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ [control.name]: sent }),
      });
      if (!answer.ok) return refusalOf(answer.status, await bodyOf(answer));
      kept = sent;
      return [];
    } catch { return ["The server cannot be reached."]; }
  }

  // It may change again while it is being saved.
  async function save(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const before = kept;
    said.replaceChildren();
    let wrong = [];
    while (control[property] !== kept && wrong.length === 0) wrong = await send();
    control[property] = kept;
    said.classList.toggle("wrong", wrong.length > 0);
    said.replaceChildren(...wrong.length > 0 ? wrong : [icon("check"), "Saved"]);
    busy = false;
    offer();
    // One's own role decides what the page shows.
    if ("reload" in form.dataset && kept !== before) location.reload();
  }

  // A button that is needed is there once there is something to save.
  const button = one("button:not([data-plain])", form);
  const offer = () => {
    if (!button) return;
    if (document.activeElement === button) control.focus();
    button.hidden = control[property] === kept;
  };
  form.addEventListener("change", offer);
  offer();
  form.addEventListener(one("[data-plain]", form) ? "change" : "submit", save);
}
