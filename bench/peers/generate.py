"""Times transformers' greedy generation with a decoder. See README.md for the protocol."""

import argparse
import itertools
import json
import os
import time

import torch
from transformers import AutoModelForCausalLM, GenerationConfig

import protocol


class Generation:
    def __init__(self, work, folder, tokens):
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        with open(f"{work}/sources.json") as file:
            self.batches = [torch.tensor(rows) for rows in json.load(file)]  # each (B, P)
        self.turn = itertools.cycle(self.batches)
        end = ends(folder)
        self.model.generation_config = GenerationConfig(
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=0,
        )

    @torch.inference_mode()
    def generate(self, batch):
        out = self.model.generate(input_ids=batch, attention_mask=torch.ones_like(batch))
        return out[:, batch.shape[1] :].tolist()

    def run(self):
        batch = next(self.turn)
        start = time.perf_counter()
        rows = self.generate(batch)
        return {
            "seconds": time.perf_counter() - start,
            "tokens": sum(map(len, rows)),
            "peak_rss_mb": protocol.peak_rss_mb(),
        }

    def ids(self):
        return {"ids": self.generate(self.batches[0])}


def ends(folder):
    """What the folder itself names, not the default of a class."""
    own = f"{folder}/generation_config.json"
    with open(own if os.path.exists(own) else f"{folder}/config.json") as file:
        return json.load(file).get("eos_token_id")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    generation = Generation(options.work, options.model, options.tokens)
    protocol.serve({"run": generation.run, "ids": generation.ids})


if __name__ == "__main__":
    main()
