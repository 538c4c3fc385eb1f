// The page of one episode (see walkthrough.py, which writes the record that is read here).
"use strict";

const record = JSON.parse(document.getElementById("record").textContent);
const element = id => document.getElementById(id);
const slider = element("step");

// ---------------------------------------------------------------------------------------------------------------- arrays

// Make of {shape, step, zero, bytes} as it comes one that can be read: `bytes` as numbers, `frame`, how many of them a step has.
async function unpack(array) {
  const deflated = Uint8Array.from(atob(array.bytes), letter => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const frame = array.shape.slice(1).reduce((size, length) => size * length, 1);
  for (let i = frame; i < bytes.length; i++) bytes[i] += bytes[i - frame];      // what changed since the step before
  Object.assign(array, {bytes, frame});
}

// The byte in a place of a step's frame; an array of one step stands for all of them.
function byteAt(array, t, place) {
  return array.bytes[(array.shape[0] === 1 ? 0 : t) * array.frame + place];
}

function valueAt(array, t, place) {
  return array.step * (byteAt(array, t, place) - array.zero);
}

// -------------------------------------------------------------------------------------------------------------- painting

// Size a canvas in pixels of the page, however fine the screen is: its context.
function resize(canvas, width, height) {
  const fine = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * fine);
  canvas.height = Math.round(height * fine);
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  const context = canvas.getContext("2d");
  context.scale(fine, fine);
  return context;
}

// One grid of `rows` x `columns` cells of `size` pixels; its first number is that in `place`.
function paintGrid(context, array, t, place, rows, columns, left, top, size, table) {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      context.fillStyle = table[byteAt(array, t, place + row * columns + column)];
      // Edges are rounded, so that no gap shows between two cells.
      const x = Math.round(left + column * size), y = Math.round(top + row * size);
      context.fillRect(x, y, Math.round(left + (column + 1) * size) - x, Math.round(top + (row + 1) * size) - y);
    }
}

function frame(context, colour, width, dashes, x, y, w, h) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.strokeRect(x, y, w, h);
  context.setLineDash([]);
}

// -------------------------------------------------------------------------------------------------------------- pictures

const WIDEST = 900, HIGHEST = 250, LARGEST_CELL = 30;

function addPicture(picture) {
  const [, rows, columns] = picture.cells.shape;
  const figure = document.createElement("figure"), caption = document.createElement("figcaption");
  picture.canvas = document.createElement("canvas");
  picture.canvas.setAttribute("role", "img");
  picture.canvas.setAttribute("aria-label", picture.title);
  caption.textContent = picture.title;
  figure.append(caption, picture.canvas);
  element("pictures").append(figure);
  picture.size = Math.min(WIDEST / columns, HIGHEST / rows, LARGEST_CELL);
  picture.context = resize(picture.canvas, Math.ceil(columns * picture.size), Math.ceil(rows * picture.size));
  picture.canvas.addEventListener("mousemove", event => {
    const row = Math.floor(event.offsetY / picture.size), column = Math.floor(event.offsetX / picture.size);
    if (row >= 0 && row < rows && column >= 0 && column < columns) tellPicture(picture, row, column);
  });
}

function paintPicture(picture, t) {
  const {context, size, cells, corner} = picture, [, rows, columns] = cells.shape;
  const middle = number => (number - corner + 0.5) * size;
  context.clearRect(0, 0, columns * size, rows * size);
  if (picture.ground) paintGrid(context, picture.ground, t, 0, rows, columns, 0, 0, size, picture.ground_colours);
  paintGrid(context, cells, t, 0, rows, columns, 0, 0, size, record.tables[picture.colours]);
  if (picture.path) {
    context.strokeStyle = picture.path.colour;
    context.lineWidth = Math.min(3, size / 6);
    context.beginPath();
    for (let s = 0; s <= t; s++) context.lineTo(middle(picture.path.columns[s]), middle(picture.path.rows[s]));
    context.stroke();
  }
  if (picture.outline)
    for (let place = 0; place < rows * columns; place++)
      if (valueAt(picture.outline, t, place) > 0.5)
        frame(context, record.ink, 1.5, [], place % columns * size + 1, Math.floor(place / columns) * size + 1, size - 2,
              size - 2);
  for (const box of picture.boxes || []) {
    const half = box.side * size / 2;
    frame(context, box.colour, 2, box.dashed ? [5, 3] : [], middle(box.columns[t]) - half, middle(box.rows[t]) - half,
          2 * half, 2 * half);
  }
  if (picture.dot) {
    context.fillStyle = picture.dot;
    context.beginPath();
    context.arc(middle(picture.path.columns[t]), middle(picture.path.rows[t]), size / 3.5, 0, 2 * Math.PI);
    context.fill();
  }
  frame(context, picture.frame || record.quiet, picture.frame ? 5 : 1, [], 0, 0, columns * size, rows * size);
  if (picture.cursor !== undefined && t >= picture.cursor && t < picture.cursor + columns)
    frame(context, record.cursor, 2.5, [], (t - picture.cursor) * size + 1, 1, size - 2, rows * size - 2);
}

function tellPicture(picture, row, column) {
  const place = row * picture.cells.shape[2] + column, value = valueAt(picture.cells, now(), place);
  const words = picture.words ? picture.words[value] : `${picture.unit} ${value.toFixed(3)}`;
  const where = picture.cursor === undefined ? `row ${row + picture.corner + 1}, column ${column + picture.corner + 1}`
                                             : `bit ${row + 1} of vector ${column + 1}`;
  tell(`${picture.title}: ${where}: ${words}`);
}

// ---------------------------------------------------------------------------------------------------------------- memory

const SIDE = 84, GAP = 8, LEFT = 64, TOP = 22;
let regions = [];                                       // the grids on the canvas: where, and of which numbers

function fillSelect(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

function chosenLevels() {
  return record.memory.filter(place => place.layer === Number(element("layer").value));
}

// What can be shown of a layer: a quantity of all channels, or all quantities of a channel.
function fillShow() {
  const levels = chosenLevels(), quantities = Object.keys(levels[0].quantities), before = element("show").value;
  const most = Math.max(...levels.map(place => place.quantities.c.shape[1]));
  const channels = Array.from({length: most}, (_, channel) => [String(channel), `channel ${channel + 1}, all of it`]);
  fillSelect(element("show"), [...quantities.map(name => [name, `${record.quantities[name].text}, all channels`]), ...channels]);
  if ([...element("show").options].some(option => option.value === before)) element("show").value = before;
}

// Lay the grids out, a row for every level: [{level, name, channel, array, x, y}].
function layOut() {
  const show = element("show").value;
  regions = [];
  chosenLevels().forEach((place, row) => {
    const all = Object.keys(place.quantities);
    const shown = all.includes(show)
      ? Array.from({length: place.quantities[show].shape[1]}, (_, channel) => [show, channel])
      : all.map(name => [name, Number(show)]);
    shown.forEach(([name, channel], column) => {
      const array = place.quantities[name];
      if (channel < array.shape[1])
        regions.push({level: place.level, name, channel, array, row, column, title: all.includes(show) ? `channel ${channel + 1}` : name,
                      x: LEFT + column * (SIDE + GAP), y: TOP + row * (SIDE + GAP)});
    });
  });
}

function paintMemory(t) {
  const width = Math.max(...regions.map(region => region.x)) + SIDE, height = Math.max(...regions.map(region => region.y)) + SIDE;
  const context = resize(element("grids"), width + 1, height + 1);
  context.font = "13px sans-serif";
  for (const {row, column, array, name, channel, title, x, y} of regions) {
    const [, , rows, columns] = array.shape, size = SIDE / Math.max(rows, columns);
    paintGrid(context, array, t, channel * rows * columns, rows, columns, x, y, size,
              record.tables[record.quantities[name].colours]);
    frame(context, record.quiet, 1, [], x + 0.5, y + 0.5, columns * size, rows * size);
    context.fillStyle = record.ink;
    if (row === 0) context.fillText(title, x, TOP - 8);
    if (column === 0) context.fillText(`${rows}x${columns}`, 4, y + SIDE / 2);
  }
}

function tellMemory(event) {
  for (const {level, name, channel, array, x, y} of regions) {
    const [, , rows, columns] = array.shape, size = SIDE / Math.max(rows, columns);
    const row = Math.floor((event.offsetY - y) / size), column = Math.floor((event.offsetX - x) / size);
    if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
    const value = valueAt(array, now(), (channel * rows + row) * columns + column);
    tell(`layer ${Number(element("layer").value) + 1}, level ${level} (${rows}x${columns}), channel ${channel + 1}, `
         + `row ${row + 1}, column ${column + 1}: ${name} = ${value.toFixed(4)} (to within ${(array.step / 2).toFixed(4)})`);
  }
}

function describeMemory() {
  const signed = regions.filter(region => record.quantities[region.name].colours === "signed");
  const most = new Map(signed.map(({level, name, array}) => [`${name} on level ${level}`, 127 * array.step]));
  element("key").textContent = "A row is a level of the layer, coarsest first. Gates run from 0 (dark) to 1 (light). "
    + "Other numbers are orange below 0, white at 0, purple above"
    + (most.size ? "; full colour is " + [...most].map(([name, value]) => `${value.toFixed(3)} (${name})`).join(", ") : "") + ".";
  element("grids").setAttribute("aria-label", `${element("show").selectedOptions[0].text}, every level of a layer`);
}

// ------------------------------------------------------------------------------------------------------------------ page

function now() {
  return Number(slider.value);
}

function tell(text) {
  element("number").textContent = text;
}

function paint() {
  const t = now();
  element("now").textContent = `step ${t + 1} of ${record.captions.length}`;
  element("caption").textContent = record.captions[t];
  record.pictures.forEach(picture => paintPicture(picture, t));
  paintMemory(t);
}

function choose() {
  layOut();
  describeMemory();
  paint();
}

// The keys that a slider knows work on the whole page, but in a list, where they choose.
function press(event) {
  const moves = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -1e9, End: 1e9};
  if (!(event.key in moves) || event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  slider.value = Math.max(0, Math.min(record.captions.length - 1, now() + moves[event.key]));
  paint();
}

async function start() {
  element("title").textContent = document.title = record.title;
  element("story").textContent = record.story;
  slider.max = record.captions.length - 1;
  const arrays = [...record.pictures.flatMap(picture => [picture.cells, picture.outline, picture.ground].filter(Boolean)),
                  ...record.memory.flatMap(place => Object.values(place.quantities))];
  await Promise.all(arrays.map(unpack));
  record.pictures.forEach(addPicture);
  const layers = [...new Set(record.memory.map(place => place.layer))];
  fillSelect(element("layer"), layers.map(layer => [layer, layer + 1]));
  element("layer").value = layers[layers.length - 1];
  fillShow();
  element("show").value = "c";
  slider.addEventListener("input", paint);
  element("layer").addEventListener("change", () => { fillShow(); choose(); });
  element("show").addEventListener("change", choose);
  element("grids").addEventListener("mousemove", tellMemory);
  document.addEventListener("keydown", press);
  choose();
}

const ready = start().catch(error => {
  tell(`This page could not be unpacked (${error.message}): open it in a browser of 2023 or newer.`);
  throw error;
});
