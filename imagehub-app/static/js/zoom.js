// Looking closer: pinch, double tap or double click, and the wheel. A picture that is larger than
// the stage is dragged; one that is not is swiped away.
function wireZoom(stage, image, swipe, changed) {
  const fingers = new Map();
  let [scale, x, y] = [1, 0, 0];
  let [travelled, swiped, tapped] = [0, 0, 0];

  const fit = () => Math.min(image.offsetWidth / image.naturalWidth, image.offsetHeight / image.naturalHeight) || 1;
  const size = () => [image.naturalWidth, image.naturalHeight].map((natural) => natural * fit() * scale);
  const within = (value, shown, room) => {
    const beyond = Math.max(0, (shown - room) / 2);
    return Math.min(beyond, Math.max(-beyond, value));
  };

  function draw(eased) {
    const [wide, high] = size();
    [x, y] = [within(x, wide, stage.clientWidth), within(y, high, stage.clientHeight)];
    image.style.transition = eased ? "transform .2s" : "";
    image.style.transform = scale > 1 || swiped ? `translate(${x + swiped}px, ${y}px) scale(${scale})` : "";
  }

  // The point stays where it is.
  function to(next, [left, top] = [0, 0], eased = false) {
    next = Math.min(8, Math.max(1, next));
    [x, y] = [left - (left - x) * next / scale, top - (top - y) * next / scale];
    scale = next;
    draw(eased);
    changed(scale > 1);
  }

  const toggle = (point) => to(scale > 1 ? 1 : Math.max(2.5, 1 / fit()), Array.isArray(point) ? point : undefined, true);
  const placeOf = ({ clientX, clientY }) => {
    const { left, top, width, height } = stage.getBoundingClientRect();
    return [clientX - left - width / 2, clientY - top - height / 2];
  };
  // The middle of the fingers, and how far they are apart.
  const grip = () => {
    const [[left, top], [right, bottom] = [left, top]] = fingers.values();
    return { middle: [(left + right) / 2, (top + bottom) / 2], spread: Math.hypot(right - left, bottom - top) };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || fingers.size > 1) return;
    if (fingers.size === 0) [travelled, swiped] = [0, 0];
    fingers.set(event.pointerId, placeOf(event));
  });
  addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = grip();
    fingers.set(event.pointerId, placeOf(event));
    const after = grip();
    const [across, down] = after.middle.map((value, axis) => value - before.middle[axis]);
    travelled += Math.hypot(across, down) + Math.abs(after.spread - before.spread);
    if (fingers.size === 1 && scale === 1) { if (event.pointerType === "touch") swiped += across; draw(); return; }
    swiped = 0;
    [x, y] = [x + across, y + down];
    to(scale * (after.spread / before.spread || 1), after.middle);
  });
  const end = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    const by = event.type === "pointerup" && Math.abs(swiped) > 50 ? -Math.sign(swiped) : 0;
    swiped = 0;
    draw(true);
    if (by) swipe(by);
    if (travelled > 8) return;
    if (event.timeStamp - tapped < 300) toggle(placeOf(event));
    tapped = event.timeStamp - tapped < 300 ? 0 : event.timeStamp;
  };
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    to(scale * Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), placeOf(event));
  }, { passive: false });

  return {
    toggle,
    by: (factor) => to(scale * factor, undefined, true),
    reset() { [scale, x, y] = [1, 0, 0]; draw(); changed(false); },
    // Whether a click that ends no gesture is on nothing of the picture.
    isBeside: (event) => travelled <= 8 && placeOf(event).some((at, axis) => Math.abs(at - [x, y][axis]) > size()[axis] / 2),
  };
}
