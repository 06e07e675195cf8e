"""Preference training: ranked pairs of own answers, a reward model, DPO and GRPO."""
