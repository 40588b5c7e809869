"""What a program outside of the test process asks its task's session through: OpenAI's and Anthropic's HTTP formats.

Formats are translated here, so that cassettes and the gateway know one: OpenAI's chat completions. Models are asked
for whole answers, and a stream is made of the whole answer: a stream that breaks off upstream reaches no program.
Nothing is imported but the standard library, since replays serve too.
"""

from pytest_agenttasks.models.endpoint.endpoint import Endpoint

__all__ = ["Endpoint"]
