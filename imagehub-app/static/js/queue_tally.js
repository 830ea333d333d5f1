// How many of the files are there: seen all the time, said now and then.
function queueTally(form, lines, { tryAllAgain, clear }) {
  const count = make("strong", {});
  const bar = make("progress", { max: 1, value: 0, ariaLabel: "All uploads" });
  const again = make("button", { type: "button", className: "link", textContent: "Try all again" });
  const close = make("button", { type: "button", className: "quiet", ariaLabel: "Close the list of uploads" }, icon("x"));
  const box = make("div", { className: "tally", hidden: true }, count, again, bar);
  box.dataset.tally = "";
  one("[data-tray]", form).prepend(close, box);
  const said = one("[data-said]", form);
  let sentences = [];
  let failures = [];
  let quarters = 0;
  let settled = true;
  let timer = 0;
  let closing = 0;

  again.addEventListener("click", tryAllAgain);
  close.addEventListener("click", clear);

  // What happens at about the same time is said at once, so that nothing is talked over.
  function say(sentence) {
    sentences.push(sentence);
    timer ||= setTimeout(tell, 400);
  }

  function tell() {
    timer = 0;
    const [first, ...more] = failures;
    if (first) sentences.push(more.length > 0 ? `${failures.length} files cannot be added.` : `${first.name}: ${first.reason}`);
    said.textContent = sentences.slice(-3).join(" ");
    [sentences, failures] = [[], []];
  }

  function started(files) {
    if (files > 1) say(`${files} pictures are being uploaded.`);
  }

  function failed(name, reason) {
    failures.push({ name, reason });
    timer ||= setTimeout(tell, 400);
  }

  function show(jobs) {
    const known = [...jobs];
    const of = (status) => known.filter((job) => job.status === status);
    const [added, lost] = [of("added").length, of("failed").length];
    box.hidden = known.length < 2;
    count.textContent = `${added} of ${known.length} added${lost > 0 ? `, ${lost} not` : ""}`;
    bar.value = known.length > 0 ? (added + lost) / known.length : 0;
    const had = document.activeElement === again;
    again.hidden = of("failed").filter((job) => job.retriable).length < 2;
    if (had && again.hidden) lines.focus();
    mention(known, added, lost);
    close.hidden = !settled;
    clearTimeout(closing);
    if (settled && lost === 0) closing = setTimeout(leave, 10_000);
  }

  // Nothing is left to say or do: the tray goes by itself, unless somebody is at it.
  function leave() {
    if (!one("[data-queue] li", form) && !one("[data-tray]", form).matches(":hover, :focus-within")) clear();
  }

  // Each quarter, and the end.
  function mention(known, added, lost) {
    const before = [quarters, settled];
    quarters = Math.floor((added / Math.max(1, known.length)) * 4);
    settled = added + lost === known.length;
    if (settled && !before[1] && added > 0 && known.length > 1) {
      say(lost > 0 ? `${added} of ${known.length} are added, ${lost} are not.` : `All ${added} are added.`);
    } else if (!settled && quarters > before[0] && known.length > 3) {
      say(`${added} of ${known.length} added.`);
    }
  }

  return { say, started, failed, show };
}
