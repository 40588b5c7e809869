"""Which prefixes of a full model id name a provider, and where each keeps its key.

The prefixes are litellm's provider names (its `LlmProviders`); the variables are those that litellm reads.
Ids are never compared with litellm's price map: models come and go faster than its releases.
"""

from __future__ import annotations

from pytest_agenttasks.yamlfile import near

KEY_VARIABLES: dict[str, str | None] = {
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_API_KEY",
    "azure_ai": "AZURE_AI_API_KEY",
    "bedrock": None,  # AWS credentials, found by boto3
    "cerebras": "CEREBRAS_API_KEY",
    "cohere": "COHERE_API_KEY",
    "dashscope": "DASHSCOPE_API_KEY",
    "deepinfra": "DEEPINFRA_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "github": "GITHUB_API_KEY",
    "groq": "GROQ_API_KEY",
    "hosted_vllm": None,
    "huggingface": "HF_TOKEN",
    "lm_studio": None,
    "mistral": "MISTRAL_API_KEY",
    "moonshot": "MOONSHOT_API_KEY",
    "novita": "NOVITA_API_KEY",
    "nvidia_nim": "NVIDIA_NIM_API_KEY",
    "ollama": None,
    "ollama_chat": None,
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    "sambanova": "SAMBANOVA_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "vertex_ai": None,  # Google application credentials
    "xai": "XAI_API_KEY",
    "zai": "ZAI_API_KEY",
}
"""Provider prefix → variable that holds its key; None where no key variable is read."""


def provider_of(model: str) -> str:
    """The provider prefix of a full id."""
    return model.split("/", 1)[0]


def trouble_with(model: str) -> str | None:
    """Why litellm would not reach what a full id seems to mean; None if it would.

    `deepseek/deepseek-chat-v3.1:free` is the dangerous case: it is a valid id of DeepSeek's own API,
    but `:free` says that OpenRouter was meant.
    """
    if "*" in model:
        return f"{model!r} is a pattern, and patterns stand in quotas and accounts only; name one model"
    return trouble_with_pattern(model)


def trouble_with_pattern(model: str) -> str | None:
    """The same for a full id in which `*` may stand for any text after the provider."""
    provider, _, name = model.partition("/")
    if "*" in provider:
        return f"{model!r} has no provider before its '*'; patterns are compared with full ids, such as openrouter/*"
    if not name:
        return f"{model!r} is neither a preset nor a full id such as openrouter/google/gemma-4-31b-it:free"
    if provider not in KEY_VARIABLES:
        hint = f"; did you mean 'openrouter/{model}'?" if "/" in model else near(provider, KEY_VARIABLES)
        return (
            f"{model!r} begins with {provider!r}, which is no provider that is known here{hint} "
            "(any OpenAI-compatible server: a preset with model: openai/NAME and api_base)"
        )
    if name.endswith(":free") and provider != "openrouter":
        return (
            f"{model!r} would go to {provider}'s own API, but ':free' is OpenRouter's; "
            f"did you mean 'openrouter/{model}'?"
        )
    return None


def key_variable(model: str, api_base: str | None) -> str | None:
    """The variable that holds the key for a full id; None if none is sent.

    A provider's own key is never sent to another server that merely speaks its protocol.
    """
    return None if api_base is not None else KEY_VARIABLES.get(provider_of(model))
