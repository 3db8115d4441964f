"""Times PyTorch's training step of the Marian model in a work folder. See README.md for the protocol."""

import argparse
import itertools
import time

import protocol

protocol.keep_memory()  # before torch starts to allocate

import torch
from safetensors.torch import load_file

import marian


class Training:
    def __init__(self, folder, mode, bf16):
        self.model = marian.load(folder)
        self.batches = read_batches(f"{folder}/batches.safetensors")
        self.tokens = [int((labels != self.model.pad).sum()) for _, _, labels in self.batches]
        self.bf16 = bf16
        self.loss = self.model.loss if mode == "eager" else torch.compile(self.model.loss, dynamic=True)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=3e-4, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.01, fused=True
        )
        self.order = itertools.cycle(range(len(self.batches)))

    def step(self, batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            loss = self.loss(*batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss

    def run(self, steps):
        self.model.train()
        tokens, start = 0, time.perf_counter()
        for index in itertools.islice(self.order, steps):
            loss = self.step(self.batches[index]).item()
            tokens += self.tokens[index]
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "target_tokens": tokens, "loss": loss, "peak_rss_mb": protocol.peak_rss_mb()}

    @torch.no_grad()
    def check(self):
        self.model.eval()
        batch = self.batches[0]
        return {"loss": self.model.loss(*batch).item(), "nll": self.model.loss(*batch, smoothing=0.0).item()}


def read_batches(path):
    stored = load_file(path)
    return [
        tuple(stored[f"{part}.{n}"] for part in ("source", "input", "labels"))
        for n in itertools.takewhile(lambda n: f"source.{n}" in stored, itertools.count())
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--mode", choices=["eager", "compile"], required=True)
    parser.add_argument("--bf16", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(1)
    training = Training(options.work, options.mode, options.bf16)
    protocol.serve({"check": training.check, "warmup": training.run, "run": training.run})


if __name__ == "__main__":
    main()
