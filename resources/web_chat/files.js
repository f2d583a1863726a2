// The files of messages: a fresh address for each look, since addresses hold for minutes only.

import { untilDone } from "./api.js";

export class Files {
  constructor(api, view) {
    Object.assign(this, { api, view });
  }

  /** Saves the file; says nothing where the hub is away. */
  save(file) {
    return untilDone(async () => {
      const link = document.createElement("a");
      link.href = await this.#address(file);
      link.download = file.name;
      link.click();
    });
  }

  /** The picture's address; with `open` as the reason it is shown at full size. */
  async picture(file, why) {
    const url = file.blob ? URL.createObjectURL(file.blob) : await this.#address(file);
    if (why === "open") this.view(file, url, () => this.save(file));
    return url;
  }

  async #address(file) {
    return (await this.api.call("GET", `files/${file.id}`)).url;
  }
}
