/** Draws once for all that changes until the next frame. */

/** Hidden tabs get no frames: changes are drawn after this many milliseconds at the latest. */
const WITHOUT_FRAME = 200;

/** Returns what asks for a drawing, before the next frame; in a hidden tab, soon. */
export function beforeNextFrame(draw: () => void): () => void {
  let frame = 0;
  return () => {
    if (frame) return;
    const run = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      frame = 0;
      draw();
    };
    frame = requestAnimationFrame(run);
    const timer = setTimeout(run, WITHOUT_FRAME);
  };
}
