"""Times transformers' beam search on the Marian model in a work folder. See README.md for the protocol."""

import argparse
import json
import time

import torch
from transformers import GenerationConfig, MarianMTModel

import protocol


class Translation:
    def __init__(self, folder, beam, max_length, length_penalty):
        self.model = MarianMTModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()
        with open(f"{folder}/sources.json") as file:
            self.batches = [self.pad(rows) for rows in json.load(file)]
        config = self.model.config  # written out whole, so that no default of Marian's (a forced eos, say) slips in
        self.model.generation_config = GenerationConfig(
            num_beams=beam,
            max_new_tokens=max_length,
            length_penalty=length_penalty,
            early_stopping=True,  # as ours: stop at `beam` finished hypotheses
            pad_token_id=config.pad_token_id,
            eos_token_id=config.eos_token_id,
            decoder_start_token_id=config.decoder_start_token_id,
        )

    def pad(self, rows):
        pad, width = self.model.config.pad_token_id, max(map(len, rows))
        return torch.tensor([row + [pad] * (width - len(row)) for row in rows])  # (B, S)

    @torch.inference_mode()
    def translate(self, batch):
        """The best hypothesis of every row, without the start token, up to and with its eos."""
        config = self.model.config
        mask = (batch != config.pad_token_id).long()
        best = self.model.generate(input_ids=batch, attention_mask=mask)
        return [trimmed(row[1:], config.eos_token_id) for row in best.tolist()]

    def run(self):
        start = time.perf_counter()
        hypotheses = [row for batch in self.batches for row in self.translate(batch)]
        return {
            "seconds": time.perf_counter() - start,
            "sentences": len(hypotheses),
            "target_tokens": sum(map(len, hypotheses)),
            "peak_rss_mb": protocol.peak_rss_mb(),
        }

    def ids(self):
        return {"ids": self.translate(self.batches[0])}


def trimmed(row, eos):
    return row[: row.index(eos) + 1] if eos in row else row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--max-length", type=int, required=True, help="new target tokens at most, eos among them")
    parser.add_argument("--length-penalty", type=float, default=1.0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    translation = Translation(options.work, options.beam, options.max_length, options.length_penalty)
    protocol.serve({"run": translation.run, "ids": translation.ids})


if __name__ == "__main__":
    main()
