/** That a text is no image's name, or the name of none that is there. */
import { FatalError, type FatalErrorOptions } from "../base/error.ts";

export class NoImageError extends FatalError {
  /** As the user wrote it. */
  readonly text: string;

  constructor(text: string, message: string, options: FatalErrorOptions) {
    super(message, options);
    this.text = text;
  }
}
