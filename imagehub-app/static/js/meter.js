// What is left, from RateLimit: "user";r=9;t=6, "tenant";r=99;t=6 and RateLimit-Policy:
// "user";q=10;w=60, …. `t` is the time to the next one back, and one comes back every w/q seconds
// from then on.
function readLimits(header) {
  const members = (name) => new Map((header(name) || "").split(",").map((member) => {
    const [bucket, ...parameters] = member.split(";").map((part) => part.trim());
    return [bucket, Object.fromEntries(parameters.map((part) => part.split("=")).map(([key, value]) => [key, Number(value)]))];
  }));
  const policies = members("ratelimit-policy");
  return [...members("ratelimit")].flatMap(([bucket, { r: left, t: next }]) => {
    const { q: size, w: window } = policies.get(bucket) || {};
    return Number.isFinite(left) && size > 0 ? [{ bucket, left, size, next: next || 0, each: (window || 0) / size }] : [];
  });
}

// A meter shows its bucket, or else the one that will be empty first. Of requests that were under
// way at the same time, the one that found least left knows best.
function showMeter(meter, header, what, asked) {
  if (!meter) return;
  const limits = readLimits(header).sort((one, other) => one.left - other.left);
  const limit = meter.dataset.meter ? limits.find(({ bucket }) => bucket === `"${meter.dataset.meter}"`) : limits[0];
  if (!limit || asked < meter.read && limit.left >= one("progress", meter).value) return;
  fillMeter(meter, limit, what);
}

// Such as "9 of 10 pulls left". It fills again as time passes; the next answer corrects it.
function fillMeter(meter, limit, what) {
  const bar = one("progress", meter);
  const read = Date.now();
  meter.read = read;
  const tick = () => {
    const later = (Date.now() - read) / 1000 - limit.next;
    const back = later < 0 ? 0 : 1 + Math.floor(limit.each > 0 ? later / limit.each : 0);
    const left = Math.min(limit.size, limit.left + back);
    bar.max = limit.size;
    bar.value = left;
    meter.classList.toggle("low", left * 5 <= limit.size);
    one("[data-meter-text]", meter).textContent = `${left} of ${limit.size} ${what} left`;
    if (left >= limit.size) clearInterval(meter.filling);
  };
  clearInterval(meter.filling);
  meter.filling = setInterval(tick, 1000);
  meter.hidden = false;
  tick();
}

// Nothing is known of what is left: there is the allowance in words, if there is one.
function forgetMeter(meter) {
  const { words } = meter.dataset;
  clearInterval(meter.filling);
  one("progress", meter).removeAttribute("value");
  meter.classList.remove("low");
  meter.hidden = !words;
  one("[data-meter-text]", meter).textContent = words || "";
}

// After an upgrade, what was used stays used, but of more.
async function showUpgradedMeters(meters, plan, what) {
  const answer = await fetch("/api/v1/plans", { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const { limits } = (await answer.json()).plans.find(({ name }) => name === plan);
  for (const meter of meters) {
    const { count: size, window_seconds: window } = limits.pull[meter.dataset.meter];
    const bar = one("progress", meter);
    const left = Math.max(0, size - (bar.max - bar.value));
    meter.dataset.words = window === 60 ? `${size.toLocaleString("en")} a minute` : `${size} in ${window} seconds`;
    fillMeter(meter, { left, size, next: window / size, each: window / size }, what);
  }
}
