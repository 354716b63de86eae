/** A short sound, of the page's own or two soft tones. */

const TONES = [880, 1174.66];
const LENGTH = 0.18;

let audio: AudioContext | undefined;

/** Plays the sound at a URL, or the tones; nothing before the person has used the page. */
export async function play(url: string): Promise<void> {
  // Browsers refuse it then, and complain in the console.
  if (!navigator.userActivation?.hasBeenActive) return;
  try {
    if (url) await new Audio(url).play();
    else await chime();
  } catch (error) {
    console.warn("The sound of a notification:", error);
  }
}

async function chime(): Promise<void> {
  audio ??= new AudioContext();
  await audio.resume();
  const { currentTime, destination } = audio;
  for (const [place, frequency] of TONES.entries()) {
    const start = currentTime + place * LENGTH * 0.7;
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setTargetAtTime(0.12, start, 0.01);
    volume.gain.setTargetAtTime(0, start + LENGTH / 2, LENGTH / 3);
    const tone = new OscillatorNode(audio, { frequency });
    tone.connect(volume).connect(destination);
    tone.start(start);
    tone.stop(start + LENGTH * 4);
  }
}
