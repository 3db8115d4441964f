"""Marian's post-norm encoder–decoder in plain PyTorch, written for the speed of a training step.

Vaswani et al. (2017), "Attention Is All You Need", with the sine half and the cosine half of a position side by side.
B batch, S source length, T target length, D model, H heads. Query, key and value share one projection (key and value
in cross-attention), which is what `stacked` undoes when the weights are loaded under Marian's names.
"""

import json
import math

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


class Attention(nn.Module):
    def __init__(self, size, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)

    def forward(self, x, mask=None, causal=False):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
        return self.out(attend(self, q, k, v, mask, causal))


class CrossAttention(nn.Module):
    def __init__(self, size, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.q = nn.Linear(size, size)
        self.kv = nn.Linear(size, 2 * size)
        self.out = nn.Linear(size, size)

    def forward(self, x, memory, mask):
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, T, D/H)
        k, v = self.kv(memory).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, H, S, D/H)
        return self.out(attend(self, q, k, v, mask, False))


def attend(module, q, k, v, mask, causal):
    dropout = module.dropout if module.training else 0.0
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout, is_causal=causal)
    return y.transpose(1, 2).flatten(2)  # (B, T, D)


def dropout(x, p, training):
    """F.dropout with its mask cut from 64-bit random numbers, four elements each: on a CPU a third of the time.

    An element stays with probability k / 65536, the nearest to 1 - p, and is scaled by 65536 / k.
    """
    if not training or p == 0.0:
        return x
    keep = round((1.0 - p) * 65536)
    words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    mask = words.view(torch.int16)[: x.numel()].view(x.shape) < keep - 32768
    return x * (mask.to(x.dtype) * (65536 / keep))


class FeedForward(nn.Module):
    def __init__(self, size, inner, activation, dropout):
        super().__init__()
        self.fc1 = nn.Linear(size, inner)
        self.fc2 = nn.Linear(inner, size)
        self.activation, self.dropout = activation, dropout

    def forward(self, x):
        return self.fc2(dropout(self.activation(self.fc1(x)), self.dropout, self.training))


class EncoderLayer(nn.Module):
    def __init__(self, config, activation):
        super().__init__()
        size = config["d_model"]
        self.dropout = config["dropout"]
        self.self_attn = Attention(size, config["encoder_attention_heads"], config["attention_dropout"])
        self.self_attn_layer_norm = nn.LayerNorm(size)
        self.ffn = FeedForward(size, config["encoder_ffn_dim"], activation, config["activation_dropout"])
        self.final_layer_norm = nn.LayerNorm(size)

    def forward(self, x, mask):
        x = self.self_attn_layer_norm(x + dropout(self.self_attn(x, mask), self.dropout, self.training))
        return self.final_layer_norm(x + dropout(self.ffn(x), self.dropout, self.training))


class DecoderLayer(nn.Module):
    def __init__(self, config, activation):
        super().__init__()
        size, heads = config["d_model"], config["decoder_attention_heads"]
        self.dropout = config["dropout"]
        self.self_attn = Attention(size, heads, config["attention_dropout"])
        self.self_attn_layer_norm = nn.LayerNorm(size)
        self.encoder_attn = CrossAttention(size, heads, config["attention_dropout"])
        self.encoder_attn_layer_norm = nn.LayerNorm(size)
        self.ffn = FeedForward(size, config["decoder_ffn_dim"], activation, config["activation_dropout"])
        self.final_layer_norm = nn.LayerNorm(size)

    def forward(self, x, memory, mask):
        # Padding stands to the right of every real token, so the causal mask already hides it from them.
        x = self.self_attn_layer_norm(x + dropout(self.self_attn(x, causal=True), self.dropout, self.training))
        cross = self.encoder_attn(x, memory, mask)
        x = self.encoder_attn_layer_norm(x + dropout(cross, self.dropout, self.training))
        return self.final_layer_norm(x + dropout(self.ffn(x), self.dropout, self.training))


class Marian(nn.Module):
    def __init__(self, config):
        super().__init__()
        size, activation = config["d_model"], {"relu": F.relu, "gelu": F.gelu}[config["activation_function"]]
        self.pad, self.dropout = config["pad_token_id"], config["dropout"]
        self.scale = math.sqrt(size) if config["scale_embedding"] else 1.0
        self.shared = nn.Embedding(config["vocab_size"], size)
        self.encoder = nn.ModuleList(EncoderLayer(config, activation) for _ in range(config["encoder_layers"]))
        self.decoder = nn.ModuleList(DecoderLayer(config, activation) for _ in range(config["decoder_layers"]))
        self.register_buffer("positions", sinusoids(config["max_position_embeddings"], size))

    def embed(self, ids):
        x = self.shared(ids) * self.scale + self.positions[: ids.shape[1]]
        return dropout(x, self.dropout, self.training)  # (B, T, D)

    def forward(self, source, target):
        """Source (B, S) and decoder input (B, T) ids to logits (B, T, V)."""
        mask = (source != self.pad)[:, None, None, :]  # (B, 1, 1, S), true = may attend
        memory = self.embed(source)
        for layer in self.encoder:
            memory = layer(memory, mask)  # (B, S, D)
        x = self.embed(target)
        for layer in self.decoder:
            x = layer(x, memory, mask)  # (B, T, D)
        return F.linear(x, self.shared.weight)

    def loss(self, source, target, labels, smoothing=0.1):
        """The label-smoothed cross-entropy, in nats a real token."""
        logits = self(source, target).flatten(0, 1).float()
        return F.cross_entropy(logits, labels.flatten(), ignore_index=self.pad, label_smoothing=smoothing)


def sinusoids(length, size):
    """(length, size): sin(p / 10000^(2i/D)) for every i, then the cosines of the same angles."""
    rates = torch.pow(10000.0, -torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1).float()


def load(folder):
    """The model of a folder with config.json and model.safetensors, every weight taken by its Marian name."""
    with open(f"{folder}/config.json") as file:
        config = json.load(file)
    for key in ("share_encoder_decoder_embeddings", "tie_word_embeddings"):
        if not config.get(key, True):
            raise SystemExit(f"{folder}/config.json: this peer ties all embeddings, so {key} must be true")
    stored = load_file(f"{folder}/model.safetensors")
    bias = stored.pop("final_logits_bias", None)
    if bias is not None and bias.any():
        raise SystemExit(f"{folder}/model.safetensors: final_logits_bias must be zero, as training leaves it")
    model = Marian(config)
    state = {"positions": model.positions, "shared.weight": stored["model.shared.weight"]}
    for name in model.state_dict():
        if name not in state:
            state[name] = stacked(stored, f"model.{name}")
    model.load_state_dict(state)
    parameters = sum(p.numel() for p in model.parameters())
    expected = sum(t.numel() for t in stored.values())
    assert parameters == expected, f"{parameters} parameters in the peer, {expected} in model.safetensors"
    return model


def stacked(stored, name):
    """The tensor of one of our names: model.encoder.0.self_attn.qkv.weight is Marian's q_proj, k_proj and v_proj."""
    side, index, *path, kind = name.removeprefix("model.").split(".")
    prefix = f"model.{side}.layers.{index}."
    if path[0].endswith("_attn"):
        heads = ["out"] if path[1] == "out" else list(path[1])
        return torch.cat([stored[f"{prefix}{path[0]}.{part}_proj.{kind}"] for part in heads])
    return stored[f"{prefix}{path[-1]}.{kind}"]
