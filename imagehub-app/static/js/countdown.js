// Counts an element down to zero, then calls `done`. Measured against the clock, so a sleeping tab catches up.
function countDown(element, seconds, done, say = (left) => (left > 0 ? `in ${spell(left)}` : "now")) {
  const end = Date.now() + seconds * 1000;
  stopCountDown(element);
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    element.textContent = say(left);
    if (left === 0) { stopCountDown(element); if (done) done(); }
  };
  element.ticking = setInterval(tick, 250);
  tick();
}

// Nobody counts the seconds of an hour.
function spell(seconds) {
  if (seconds <= 100) return `${seconds} s`;
  return seconds <= 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

function stopCountDown(element) {
  clearInterval(element.ticking);
}

// "Try again in <strong>6</strong> s." A screen reader says the beginning and the end, not each second.
function wireRetry(element) {
  element.setAttribute("aria-live", "off");
  countDown(
    one("strong", element) || element,
    Number(element.dataset.retryAfter) || 1,
    () => { element.setAttribute("aria-live", "polite"); element.textContent = "You can try again now."; },
    String,
  );
}
