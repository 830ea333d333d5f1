// ThumbHashes drawn behind pictures that are on their way. The decoding is that of the reference
// implementation by Evan Wallace (MIT), without the alpha channel.
function decodeThumbHash(hash) {
  const { PI, max, cos, round } = Math;
  const head = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const tail = hash[3] | (hash[4] << 8);
  const alpha = head >> 23;
  const wide = tail >> 15;
  const short = max(3, tail & 7);
  const long = alpha ? 5 : 7;
  const [lx, ly] = wide ? [long, short] : [short, long];
  let place = alpha ? 12 : 10;
  const channel = (nx, ny, scale) => {
    const factors = [];
    for (let cy = 0; cy < ny; cy += 1) {
      for (let cx = cy ? 0 : 1; cx * ny < nx * (ny - cy); cx += 1) {
        factors.push((((hash[place >> 1] >> ((place & 1) << 2)) & 15) / 7.5 - 1) * scale);
        place += 1;
      }
    }
    return factors;
  };
  const lumas = channel(lx, ly, ((head >> 18) & 31) / 31);
  const ps = channel(3, 3, (((tail >> 3) & 63) / 63) * 1.25);
  const qs = channel(3, 3, (((tail >> 9) & 63) / 63) * 1.25);
  const ratio = lx / ly;
  const width = round(ratio > 1 ? 24 : 24 * ratio);
  const height = round(ratio > 1 ? 24 / ratio : 24);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 4) {
      const sum = (start, factors, nx, ny) => {
        let value = start;
        for (let cy = 0, j = 0; cy < ny; cy += 1) {
          const fy = cos((PI / height) * (y + 0.5) * cy) * 2;
          for (let cx = cy ? 0 : 1; cx * ny < nx * (ny - cy); cx += 1, j += 1) value += factors[j] * cos((PI / width) * (x + 0.5) * cx) * fy;
        }
        return value;
      };
      const l = sum((head & 63) / 63, lumas, lx, ly);
      const p = sum(((head >> 6) & 63) / 31.5 - 1, ps, 3, 3);
      const q = sum(((head >> 12) & 63) / 31.5 - 1, qs, 3, 3);
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      pixels.set([255 * red, 255 * (red - q), 255 * blue, 255], i);
    }
  }
  return new ImageData(pixels, width, height);
}

// Draws the placeholder under a picture that is not there yet; the picture then covers it.
function drawPlaceholder(tile) {
  const picture = one("img", tile);
  if (!picture || picture.naturalWidth > 0 || one("canvas", tile)) return;
  const hash = Uint8Array.from(atob(tile.dataset.hash), (letter) => letter.charCodeAt(0));
  if (hash.length < 6) return;
  const drawn = decodeThumbHash(hash);
  const canvas = make("canvas", { width: drawn.width, height: drawn.height });
  canvas.getContext("2d").putImageData(drawn, 0, 0);
  canvas.setAttribute("aria-hidden", "true");
  picture.before(canvas);
  picture.addEventListener("load", () => canvas.remove(), { once: true });
}
