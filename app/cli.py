"""The `portolan` command. Each subcommand is loaded only when it is called: `serve` needs none of the application."""

from pkgutil import resolve_name

import click

COMMANDS = {
    "serve": "app.commands.serve:serve",
    "worker": "app.commands.worker:worker",
    "migrate": "app.commands.migrate:migrate",
    "demo": "app.commands.demo:demo",
    "check": "app.commands.check:check",
    "verify": "app.commands.verify:verify",
    "keys": "app.commands.keys:keys",
    "evidence": "app.commands.evidence:evidence",
    "rules": "app.commands.rules:rules",
    "risk": "app.commands.risk:risk",
    "credit": "app.commands.credit:credit",
    "traffic": "app.commands.traffic:traffic",
    "recompute": "app.commands.recompute:recompute",
    "import": "app.commands.load:import_",
    "take-letter": "app.commands.letter:take_letter",
    "reindex": "app.commands.load:reindex",
}


class Commands(click.Group):
    """Finds a subcommand by name and imports its module then; the context is click's business."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = resolve_name(COMMANDS[cmd_name])
        return command


@click.group(cls=Commands)
def main() -> None:
    """Portolan: a marketplace for cross-border trade."""


if __name__ == "__main__":
    main()
