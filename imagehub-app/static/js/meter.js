// What is left, from RateLimit: "user";r=9;t=6, "tenant";r=99;t=6 and RateLimit-Policy:
// "user";q=10;w=60, …: the bucket that will be empty first. `t` is the time to the next one back,
// and one comes back every w/q seconds from then on.
function readLimit(header) {
  const members = (name) => new Map((header(name) || "").split(",").map((member) => {
    const [bucket, ...parameters] = member.split(";").map((part) => part.trim());
    return [bucket, Object.fromEntries(parameters.map((part) => part.split("=")).map(([key, value]) => [key, Number(value)]))];
  }));
  const policies = members("ratelimit-policy");
  const limits = [...members("ratelimit")].flatMap(([bucket, { r: left, t: next }]) => {
    const { q: size, w: window } = policies.get(bucket) || {};
    return Number.isFinite(left) && size > 0 ? [{ left, size, next: next || 0, each: (window || 0) / size }] : [];
  });
  return limits.sort((one, other) => one.left - other.left)[0] || null;
}

// The meter of what is left, such as "9 of 10 pulls left". It fills again as time passes; the next
// answer corrects it. Of requests that were under way at the same time, the one that found least left knows best.
function showMeter(meter, header, what, asked) {
  const limit = readLimit(header);
  if (!meter || !limit) return;
  const bar = one("progress", meter);
  const text = one("[data-meter-text]", meter);
  if (asked < meter.read && limit.left >= bar.value) return;
  const read = Date.now();
  meter.read = read;
  const tick = () => {
    const later = (Date.now() - read) / 1000 - limit.next;
    const back = later < 0 ? 0 : 1 + Math.floor(limit.each > 0 ? later / limit.each : 0);
    const left = Math.min(limit.size, limit.left + back);
    bar.max = limit.size;
    bar.value = left;
    meter.classList.toggle("low", left * 5 <= limit.size);
    text.textContent = `${left} of ${limit.size} ${what} left`;
    if (left >= limit.size) clearInterval(meter.filling);
  };
  clearInterval(meter.filling);
  meter.filling = setInterval(tick, 1000);
  meter.hidden = false;
  tick();
}
