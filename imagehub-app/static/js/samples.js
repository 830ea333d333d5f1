// A dozen pictures for those who have none at hand: the sky over hills or water, each of its own shape.
const SAMPLES = [
  ["Harbour at dawn", 1500, 1000, 12], ["The long ridge", 1800, 600, 210], ["Fir and fog", 900, 1350, 195],
  ["First snow", 1200, 1200, 220], ["Desert road", 1600, 900, 20], ["Evening bay", 1400, 1050, 265],
  ["Tall pines", 800, 1400, 285], ["Northern night", 1500, 1000, 235], ["Coast in June", 2400, 480, 200],
  ["Vineyard", 1200, 900, 330], ["Last light", 1000, 1250, 350], ["Over the pass", 1600, 1067, 250],
];

function samplePictures() {
  return Promise.all(SAMPLES.map(async ([title, width, height, hue], number) => {
    const canvas = make("canvas", { width, height });
    paintLandscape(canvas.getContext("2d"), { width, height, hue, number });
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", .88); });
    return new File([blob], `${title}.jpg`, { type: blob.type });
  }));
}

function paintLandscape(pen, { width, height, hue, number }) {
  const short = Math.min(width, height);
  const colour = (turn, saturation, light) => `hsl(${hue + turn} ${saturation}% ${light}%)`;
  const sky = pen.createLinearGradient(0, 0, 0, height * .75);
  [[-20, 42, 46], [10, 55, 68], [32, 75, 84]].forEach((stop, place) => sky.addColorStop(place / 2, colour(...stop)));
  pen.fillStyle = sky;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = colour(45, 90, 93);
  pen.beginPath();
  pen.arc(width * (.25 + (number % 5) * .13), height * .33, short * .07, 0, 7);
  pen.fill();
  for (let ridge = 0; ridge < 5; ridge += 1) {
    pen.fillStyle = colour(ridge * 6 - 20, 32, 58 - ridge * 11);
    pen.beginPath();
    pen.moveTo(0, height);
    for (let x = 0; x <= width; x += 3) {
      const along = x / short * (1.4 + ridge * .5) + number * 5 + ridge * 9;
      const up = Math.sin(along) + Math.sin(along * 2.7 + number) / 2 + Math.sin(along * 7.1) / 9;
      pen.lineTo(x, height * (.52 + ridge * .1) - up * short * .06);
    }
    pen.lineTo(width, height);
    pen.fill();
  }
}
