// A short tone for an answer; off until the visitor turns it on, silent before a gesture.

export class Sound {
  constructor(values) {
    this.values = values;
  }

  get isOn() {
    return Boolean(this.values.read("sound"));
  }

  /** Answers whether it is on now. */
  toggle() {
    this.values.write("sound", !this.isOn);
    this.chime();
    return this.isOn;
  }

  chime() {
    if (!this.isOn || !navigator.userActivation?.hasBeenActive) return;
    this.audio ??= new AudioContext();
    const { currentTime } = this.audio;
    const tone = new OscillatorNode(this.audio, { frequency: 660 });
    const volume = new GainNode(this.audio, { gain: 0.06 });
    volume.gain.exponentialRampToValueAtTime(0.0001, currentTime + 0.35);
    tone.connect(volume).connect(this.audio.destination);
    tone.start();
    tone.stop(currentTime + 0.35);
  }
}
