"""`manage.py demo_llm`: language models with real data, on the running site or a temporary one."""

from __future__ import annotations

from ecosystem.demo.llm import LlmChain

from .demo import Command as DemoCommand


class Command(DemoCommand):
    help = (
        "Run the demo for language models: publish chats, report what repeats, deduplicate and split them. "
        "KEEP=1 leaves a site that it started running."
    )
    chain = LlmChain
