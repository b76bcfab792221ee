"""`python -m bench.web [workers]`: web and workers as production serves them, without production's secrets."""

import sys

from app.core.config import Settings
from app.core.templates import environment
from app.main import create_app
from app.serving import serve


def main() -> None:
    settings = Settings()
    app = create_app(settings)
    cache = settings.data_dir / "templates"  # compiled templates are kept
    cache.mkdir(parents=True, exist_ok=True)
    app.state.templates = environment(cache_dir=cache)
    serve(app, settings, workers=int(sys.argv[1]) if len(sys.argv) > 1 else 0)


if __name__ == "__main__":
    main()
