// Puts the hover images of one data set where every latent map of the page finds them.

export default function ({ data }) {
  const shelf = (globalThis.__aedash_atlas ??= {});
  if (shelf[data.name]?.source === data.image) return;
  const picture = new Image();
  picture.src = data.image;
  const { columns, count, width, height } = data;
  shelf[data.name] = { source: data.image, picture, columns, count, width, height };
}
