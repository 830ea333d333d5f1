// The queue's lines: a file's name, how it is going, and the one thing to do about it.
function queueLines(list, otherwise) {
  list.tabIndex = -1;

  // Where to go on when what one was at has gone.
  function focus() {
    (list.hidden ? otherwise : list).focus();
  }

  // Who was at a button that goes is put at the next one.
  function remove(line) {
    const had = line.contains(document.activeElement);
    const next = line.nextElementSibling || line.previousElementSibling;
    line.remove();
    list.hidden = list.children.length === 0;
    if (had && next) one("button", next).focus(); else if (had) focus();
  }

  function add(name) {
    const state = make("span", { className: "state" });
    const bar = make("progress", { max: 1, value: 0, ariaLabel: name });
    const action = make("button", { type: "button", className: "link" });
    let act = () => {};
    action.addEventListener("click", () => act());
    const line = make("li", {}, make("span", { className: "name", textContent: name }), state, action, bar);
    list.append(line);
    list.hidden = false;
    return {
      say(words, part) {
        line.classList.remove("failed");
        state.textContent = words;
        bar.hidden = false;
        bar.value = part;
      },
      fail(reason) {
        line.classList.add("failed");
        state.textContent = reason;
        bar.hidden = true;
      },
      end(...words) {
        state.replaceChildren(...words);
        bar.hidden = true;
        this.offer("Dismiss", () => remove(line));
      },
      offer(label, doIt) {
        action.textContent = label;
        action.ariaLabel = `${label} ${name}`;
        act = doIt;
      },
      remove: () => { if (line.isConnected) remove(line); },
    };
  }

  function clear() {
    list.replaceChildren();
    list.hidden = true;
    focus();
  }

  return { add, clear, focus };
}
