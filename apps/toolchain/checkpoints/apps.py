"""Checkpoints of jobs."""

from apps.core.declaration import HOUR, BanyanApp, Declaration, NamespaceHooks, PeriodicTask


class CheckpointsConfig(BanyanApp):
    name = "apps.toolchain.checkpoints"
    label = "checkpoints"

    def declaration(self) -> Declaration:
        from .folders import CHECKPOINTS
        from .policies import POLICIES
        from .services import delete_namespace_checkpoints, sweep_checkpoints

        return Declaration(
            policies=POLICIES,
            object_folders=[CHECKPOINTS],
            namespace_hooks=[NamespaceHooks(removed=delete_namespace_checkpoints)],
            periodic_tasks=[
                PeriodicTask(name="sweep_checkpoints", task=sweep_checkpoints, schedule=HOUR),
            ],
        )
