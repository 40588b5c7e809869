"""What providers answer when something is wrong, as they document it or as their users report it.

Each case names the line of the error policy that it must meet. They are played through litellm and a gateway, and
through a whole run of pytest.
"""

from __future__ import annotations

import json

from tests.gateway.fault_forms import Documented, claude, ended, google, quota, said
from tests.provider import Answer, completion

OR, OPENAI, GROQ, GEMINI, CLAUDE = "openrouter/t/m:free", "openai/m", "groq/m", "gemini/m", "anthropic/m"
MISTRAL, DEEPSEEK, CEREBRAS, COHERE, ZAI = "mistral/m", "deepseek/m", "cerebras/m", "cohere/m", "zai/m"
VLLM, OLLAMA, HF = "hosted_vllm/m", "ollama_chat/m", "huggingface/t/m"

TPD = (
    "Rate limit reached for model `m` in organization `org` service tier `on_demand` on tokens per day (TPD): "
    "Limit 100000, Used 99336, Requested 1103. Please try again in 7m12s. Need more tokens? Upgrade to Dev Tier today"
)
GONE_ID = "m:free is temporarily rate-limited upstream. Please retry shortly, or add your own key"
FAR = {"x-ratelimit-limit-requests": "14400", "x-ratelimit-remaining-requests": "14370",
       "x-ratelimit-reset-requests": "2m59.56s", "x-ratelimit-limit-tokens": "18000",
       "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}  # fmt: skip

DOCUMENTED: tuple[Documented, ...] = (
    # OpenRouter
    Documented("openrouter day", OR, said(
        429, "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
        code=429, metadata={"headers": {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0"}}), "daily_quota"),
    Documented("openrouter day by its source", OR, said(
        429, "Rate limit exceeded", code=429, metadata={"limit_source": "openrouter_free_tier_daily"}), "daily_quota"),
    Documented("openrouter day, high balance", OR, said(
        429, "Rate limit exceeded: free-models-per-day-high-balance. ", code="429", type="rate_limit_error"),
        "daily_quota"),
    Documented("openrouter minute", OR, said(
        429, "Rate limit exceeded: free-models-per-min. ", {"retry-after": "31"}, code=429),
        "rate_limited_account", 31),
    Documented("openrouter rpm of a model", OR, said(429, "Rate limit exceeded: limit_rpm/t/m/1234. High demand",
                                                     code=429), "rate_limited"),
    Documented("openrouter rpd of a model", OR, said(429, "Rate limit exceeded: limit_rpd/t/m/1234", code=429),
               "model_daily_quota"),
    Documented("openrouter upstream", OR, said(429, "Provider returned error", code=429, metadata={
        "raw": GONE_ID, "provider_name": "Google"}), "rate_limited_upstream"),
    Documented("openrouter upstream with a time", OR, said(429, "Provider returned error", code=429, metadata={
        "raw": "slow down", "provider_name": "Chutes", "retry_after_seconds": 17}), "rate_limited_upstream", 17),
    Documented("openrouter upstream gemini", OR, said(429, "Provider returned error", code=429, metadata={
        "raw": json.dumps(quota("GenerateRequestsPerDayPerProjectPerModel", 50, "41.5s").body),
        "provider_name": "Google AI Studio"}), "rate_limited_upstream", 41.5),
    Documented("openrouter credits", OR, said(402, "Insufficient credits. Add more using https://…", code=402),
               "out_of_credit"),
    Documented("openrouter key limit", OR, said(403, "Key limit exceeded (total limit).", code=403), "out_of_credit"),
    Documented("openrouter budget", OR, said(403, "Budget limit exceeded", code=403, metadata={
        "limit_source": "openrouter_workspace_budget", "resets_at": "2999-01-01T00:00:00Z", "resets_in_seconds": 7200}),
        "account_quota", 7200),
    Documented("openrouter in flight", OR, said(402, "Too much in flight", {"retry-after": "9"}, code=402,
               metadata={"limit_source": "openrouter_in_flight_budget"}), "in_flight_budget", 9),
    Documented("openrouter too dear", OR, said(
        402, "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only "
        "afford 120", code=402), "too_dear"),
    Documented("openrouter moderation", OR, said(403, "t/m requires moderation on OpenAI. Your input was flagged for "
               "\"violence\"", code=403, metadata={"reasons": ["violence"], "flagged_input": "…"}), "content_filter"),
    Documented("openrouter key", OR, said(401, "No auth credentials found", code=401), "bad_key"),
    Documented("openrouter no host", OR, said(404, "No endpoints found for t/m:free.", code=404), "model_not_found"),
    Documented("openrouter no host with tools", OR, said(
        404, "No endpoints found that support tool use. To learn more about provider routing, visit: https://…",
        code=404), "tools_unsupported", tools=True),
    Documented("openrouter privacy", OR, said(404, "No endpoints found matching your data policy (Free model "
               "publication). Configure: https://…", code=404), "data_policy"),
    Documented("openrouter wrong id", OR, said(400, "t/m is not a valid model ID", code=400), "model_not_found"),
    Documented("openrouter window", OR, said(
        400, "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens",
        code=400), "context_length"),
    Documented("openrouter upstream window", OR, said(400, "Provider returned error", code=400, metadata={
        "raw": '{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}'}), "context_length"),
    Documented("openrouter no provider", OR, said(503, "No provider available that meets your routing requirements",
               {"retry-after": "5"}, code=503), "overloaded", 5),
    Documented("openrouter slow", OR, said(408, "Request timed out", code=408), "timeout"),
    Documented("openrouter model down", OR, said(502, "Provider returned error", code=502), "server_error"),
    Documented("openrouter 200, limit", OR, said(200, "Rate limit exceeded: free-models-per-day", code=429),
               "daily_quota"),
    Documented("openrouter 200, word", OR, said(200, "Internal Server Error", code="server_error"), "server_error"),
    Documented("openrouter 200, in a choice", OR, ended("error", error={"code": 502, "message": "upstream died"}),
               "server_error"),
    Documented("openrouter 200, limit in a choice", OR, ended("error", error={
        "code": 429, "message": "Provider returned error", "metadata": {"raw": "Please retry in 21s"}}),
        "rate_limited_upstream", 21),
    Documented("openrouter 200, finish_reason error", OR, ended("error"), "error_in_answer"),
    Documented("openrouter 200, no choices", OR, Answer(200, {**dict(completion().body), "choices": []}),  # type: ignore[arg-type]
               "empty_answer"),
    Documented("openrouter 200, empty", OR, completion(""), "empty_answer"),
    Documented("openrouter 200, nothing", OR, completion(None), "empty_answer"),
    Documented("openrouter 200, page", OR, Answer(200, "<html>hello</html>", {"content-type": "text/html"}),
               "unreadable_answer"),
    Documented("openrouter 200, kind alone", OR, said(200, "busy", type="overloaded_error"), "overloaded"),
    Documented("openrouter 200, limit with a time", OR, said(200, "Provider returned error", code=429, metadata={
        "headers": {"Retry-After": "19"}}), "rate_limited_upstream", 19),
    # OpenAI
    Documented("openai rpm", OPENAI, said(
        429, "Rate limit reached for m in organization org on requests per min (RPM): Limit 3, Used 3, Requested 1. "
        "Please try again in 20s.", {"x-ratelimit-reset-requests": "8m38s", "x-ratelimit-remaining-requests": "0"},
        type="requests", code="rate_limit_exceeded"), "rate_limited", 20),
    Documented("openai retry-after-ms", OPENAI, said(429, "Rate limit reached", {"retry-after-ms": "2350",
               "retry-after": "3"}, code="rate_limit_exceeded"), "rate_limited", 2.35),
    Documented("openai rpd", OPENAI, said(
        429, "Rate limit reached for m on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again "
        "in 7m12s.", type="requests", code="rate_limit_exceeded"), "model_daily_quota", 432),
    Documented("openai too large", OPENAI, said(
        429, "Request too large for m in organization org on tokens per min (TPM): Limit 30000, Requested 46000. The "
        "input or output tokens must be reduced in order to run successfully.", type="tokens",
        code="rate_limit_exceeded"), "request_too_large"),
    Documented("openai quota", OPENAI, said(
        429, "You exceeded your current quota, please check your plan and billing details.", {"retry-after": "1"},
        type="insufficient_quota", code="insufficient_quota"), "out_of_credit"),
    Documented("openai overloaded 429", OPENAI, said(429, "That model is currently overloaded with other requests."),
               "overloaded"),
    Documented("openai engine", OPENAI, said(503, "The engine is currently overloaded, please try again later",
               type="server_error"), "overloaded"),
    Documented("openai key", OPENAI, said(401, "Incorrect API key provided: sk-x", code="invalid_api_key"), "bad_key"),
    Documented("openai country", OPENAI, said(403, "Country, region, or territory not supported",
               code="unsupported_country_region_territory"), "forbidden"),
    Documented("openai project", OPENAI, said(403, "Project `p` does not have access to model `m`",
               code="model_not_found"), "model_forbidden"),
    Documented("openai model", OPENAI, said(404, "The model `m` does not exist or you do not have access to it.",
               code="model_not_found"), "model_not_found"),
    Documented("openai window", OPENAI, said(
        400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        code="context_length_exceeded"), "context_length"),
    Documented("openai policy", OPENAI, said(
        400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
        code="invalid_prompt"), "content_filter"),
    Documented("openai parameter", OPENAI, said(400, "Unsupported parameter: 'max_tokens' is not supported with this "
               "model.", code="unsupported_parameter"), "bad_request"),
    Documented("openai 200, word", OPENAI, said(200, "busy", code="server_error"), "server_error"),
    Documented("azure filter", OPENAI, said(
        400, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        code="content_filter"), "content_filter"),
    Documented("azure limit", OPENAI, said(
        429, "Requests to the ChatCompletions_Create Operation have exceeded call rate limit of your current OpenAI S0 "
        "pricing tier. Please retry after 7 seconds.", code="429"), "rate_limited", 7),
    # Groq
    Documented("groq tpd", GROQ, said(429, TPD, type="tokens", code="rate_limit_exceeded"), "model_daily_quota", 432),
    Documented("groq tpm", GROQ, said(429, "Rate limit reached for model `m` on tokens per minute (TPM)", FAR,
               type="tokens", code="rate_limit_exceeded"), "rate_limited", 7.66),
    Documented("groq too large", GROQ, said(413, "Request too large for model `m` on tokens per minute (TPM): Limit "
               "6000, Requested 8000", type="tokens", code="rate_limit_exceeded"), "request_too_large"),
    Documented("groq tool call", GROQ, said(
        400, "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
        type="invalid_request_error", code="tool_use_failed", failed_generation="<function=invalid api key>"),
        "bad_tool_call"),
    Documented("groq retired", GROQ, said(400, "The model `m` has been decommissioned and is no longer supported.",
               code="model_decommissioned"), "model_not_found"),
    Documented("groq flex", GROQ, said(498, "Flex tier capacity exceeded", code="capacity_exceeded"), "overloaded"),
    Documented("groq 200, limit", GROQ, said(200, "slow down", code=429), "rate_limited"),
    Documented("groq restricted", GROQ, said(400, "Organization has been restricted. Please reach out to support",
               code="organization_restricted"), "forbidden"),
    # Gemini
    Documented("gemini minute", GEMINI, quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", 15,
               "45.837906927s"), "rate_limited", 45.8379),
    Documented("gemini day", GEMINI, quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", 50),
               "model_daily_quota"),
    Documented("gemini no quota", GEMINI, quota("GenerateContentInputTokensPerModelPerMinute-FreeTier", 0), "no_quota"),
    Documented("gemini in text", GEMINI, google(429, "Quota exceeded. Please retry in 36.5s.", "RESOURCE_EXHAUSTED"),
               "rate_limited", 36.5),
    Documented("gemini capacity", GEMINI, google(429, "No capacity available for model m on the server",
               "RESOURCE_EXHAUSTED", {"reason": "MODEL_CAPACITY_EXHAUSTED"}), "overloaded"),
    Documented("gemini shared capacity", GEMINI, google(429, "Resource exhausted. Please try again later. Please refer "
               "to https://…/error-code-429 for more details.", "RESOURCE_EXHAUSTED"), "rate_limited_upstream"),
    Documented("gemini key", GEMINI, google(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT",
               {"reason": "API_KEY_INVALID"}), "bad_key"),
    Documented("gemini leaked key", GEMINI, google(403, "Your API key was reported as leaked. Please use another API "
               "key.", "PERMISSION_DENIED"), "bad_key"),
    Documented("gemini denied", GEMINI, google(403, "The caller does not have permission", "PERMISSION_DENIED"),
               "forbidden"),
    Documented("gemini place", GEMINI, google(400, "User location is not supported for the API use.",
               "FAILED_PRECONDITION"), "forbidden"),
    Documented("gemini window", GEMINI, google(
        400, "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
        "INVALID_ARGUMENT"), "context_length"),
    Documented("gemini model", GEMINI, google(404, "models/m is not found for API version v1beta", "NOT_FOUND"),
               "model_not_found"),
    Documented("gemini overloaded", GEMINI, google(503, "The model is overloaded. Please try again later.",
               "UNAVAILABLE"), "overloaded"),
    Documented("gemini deadline", GEMINI, google(504, "Deadline expired before operation could complete.",
               "DEADLINE_EXCEEDED"), "timeout"),
    Documented("gemini cancelled", GEMINI, google(499, "The operation was cancelled.", "CANCELLED"), "server_error"),
    Documented("gemini tools", GEMINI, google(400, "Function calling is not enabled for models/m", "INVALID_ARGUMENT"),
               "tools_unsupported", tools=True),
    Documented("gemini 200, blocked", GEMINI, Answer(200, {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}}), "content_filter"),
    Documented("gemini 200, safety", GEMINI, Answer(200, {
        "candidates": [{"finishReason": "SAFETY", "index": 0}],
        "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}}), "content_filter"),
    Documented("gemini 200, limit", GEMINI, google(200, "Quota exceeded", "RESOURCE_EXHAUSTED"), "rate_limited"),
    # Anthropic
    Documented("anthropic minute", CLAUDE, claude(429, "rate_limit_error", "This request would exceed your "
               "organization's rate limit of 40,000 input tokens per minute.", {"retry-after": "23"}),
               "rate_limited", 23),
    Documented("anthropic overloaded", CLAUDE, claude(529, "overloaded_error", "Overloaded"), "overloaded"),
    Documented("anthropic credit", CLAUDE, claude(400, "invalid_request_error", "Your credit balance is too low to "
               "access the Anthropic API."), "out_of_credit"),
    Documented("anthropic window", CLAUDE, claude(400, "invalid_request_error", "prompt is too long: 210000 tokens > "
               "200000 maximum"), "context_length"),
    Documented("anthropic output", CLAUDE, claude(400, "invalid_request_error", "input length and `max_tokens` exceed "
               "context limit: 199000 + 8192 > 200000"), "context_length"),
    Documented("anthropic too large", CLAUDE, claude(413, "request_too_large", "Request exceeds the maximum size"),
               "request_too_large"),
    Documented("anthropic key", CLAUDE, claude(401, "authentication_error", "invalid x-api-key"), "bad_key"),
    Documented("anthropic filter", CLAUDE, claude(400, "invalid_request_error", "Output blocked by content filtering "
               "policy"), "content_filter"),
    Documented("anthropic model", CLAUDE, claude(404, "not_found_error", "model: m"), "model_not_found"),
    Documented("anthropic fault", CLAUDE, claude(500, "api_error", "Internal server error"), "server_error"),
    Documented("anthropic 200, overloaded", CLAUDE, claude(200, "overloaded_error", "Overloaded"), "overloaded"),
    # Mistral, DeepSeek, Cerebras, Cohere, z.ai, Hugging Face
    Documented("mistral second", MISTRAL, Answer(429, {"object": "error", "message": "Requests rate limit exceeded",
               "type": "rate_limited", "code": "1300"}), "rate_limited_account"),
    Documented("mistral by size", MISTRAL, Answer(429, {"message": "Requests rate limit exceeded"},
               {"ratelimitbysize-remaining": "0", "ratelimitbysize-reset": "37"}), "rate_limited_account", 37),
    Documented("mistral capacity", MISTRAL, Answer(429, {"object": "error", "code": "3505", "message":
               "Service tier capacity exceeded for this model.", "type": "service_tier_capacity_exceeded"}),
               "overloaded"),
    Documented("mistral window", MISTRAL, Answer(400, {"object": "error", "code": "3051", "message": "Prompt contains "
               "40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"}),
               "context_length"),
    Documented("mistral request", MISTRAL, Answer(422, {"object": "error", "message": {"detail": [
        {"type": "missing", "loc": ["body", "messages"], "msg": "Field required", "input": "context length"}]}}),
        "bad_request"),
    Documented("mistral key", MISTRAL, Answer(401, {"detail": "Unauthorized"}), "bad_key"),
    Documented("deepseek balance", DEEPSEEK, said(402, "Insufficient Balance", type="unknown_error",
               code="invalid_request_error"), "out_of_credit"),
    Documented("deepseek limit", DEEPSEEK, said(429, "Rate Limit Reached"), "rate_limited"),
    Documented("deepseek content", DEEPSEEK, said(400, "Content Exists Risk", code="invalid_request_error"),
               "content_filter"),
    Documented("deepseek 200, no resources", DEEPSEEK, ended("insufficient_system_resource"), "overloaded"),
    Documented("cerebras minute", CEREBRAS, Answer(429, {
        "message": "Requests per minute limit exceeded - too many requests sent.", "type": "too_many_requests_error",
        "param": "quota", "code": "request_quota_exceeded"},
        {"x-ratelimit-reset-requests-minute": "11.382867097854614", "x-ratelimit-remaining-requests-minute": "0"}),
        "rate_limited", 11.3828),
    Documented("cerebras day", CEREBRAS, Answer(429, {
        "message": "Tokens per day limit exceeded - too many tokens processed.", "code": "token_quota_exceeded"},
        {"x-ratelimit-reset-tokens-day": "33011.382867097855", "x-ratelimit-remaining-tokens-day": "0"}),
        "model_daily_quota", 33011.38),
    Documented("cerebras queue", CEREBRAS, Answer(429, {
        "message": "We're experiencing high traffic right now! Please try again soon.", "param": "queue",
        "type": "too_many_requests_error", "code": "queue_exceeded"}), "overloaded"),
    Documented("cerebras window", CEREBRAS, Answer(400, {
        "message": "Please reduce the length of the messages or completion. Current length is 8923 while limit is 8192",
        "code": "context_length_exceeded"}), "context_length"),
    Documented("cohere minute", COHERE, Answer(429, {"message": "You are using a Trial key, which is limited to 20 API "
               "calls / minute. You can continue to use the Trial key for free"}), "rate_limited_account"),
    Documented("cohere month", COHERE, Answer(429, {"message": "You are using a Trial key, which is limited to 1000 "
               "API calls / month. You can continue to use the Trial key for free"}), "account_quota"),
    Documented("cohere key", COHERE, Answer(401, {"id": "1", "message": "invalid api token"}), "bad_key"),
    Documented("cohere window", COHERE, Answer(400, {"message": "too many tokens: size limit exceeded by 11326 tokens. "
               "Try using shorter or fewer inputs"}), "context_length"),
    Documented("cohere blocked", COHERE, Answer(498, {"message": "blocked input: please adjust your prompt"}),
               "content_filter"),
    Documented("zai concurrency", ZAI, said(429, "Rate limit reached for requests", code="1302"), "rate_limited"),
    Documented("zai busy", ZAI, said(429, "The service may be temporarily overloaded, please try again later",
               code="1305"), "overloaded"),
    Documented("zai balance", ZAI, said(429, "Insufficient balance or no resource package. Please recharge.",
               code="1113"), "out_of_credit"),
    Documented("zai hours", ZAI, said(429, "Usage limit reached for 5 hour. Your limit will reset after 2h30m",
               code="1308"), "account_quota", 9000),
    Documented("zai content", ZAI, said(400, "System detected potentially unsafe or sensitive content in input or "
               "generation.", code="1301"), "content_filter"),
    Documented("zai 200, network", ZAI, ended("network_error"), "server_error"),
    Documented("huggingface credits", HF, Answer(402, {"error": "You have exceeded your monthly included credits for "
               "Inference Providers."}), "out_of_credit"),
    Documented("huggingface loading", HF, Answer(503, {"error": "Model t/m is loading", "estimated_time": 20.5}),
               "overloaded", 20.5),
    Documented("huggingface draft headers", HF, Answer(429, {"error": "Too Many Requests"},
               {"ratelimit": '"api";r=0;t=55'}), "rate_limited", 55),
    # Servers of one's own
    Documented("vllm window", VLLM, Answer(400, {"object": "error", "type": "BadRequestError", "code": 400, "message":
               "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens"}),
               "context_length"),
    Documented("vllm prompt", VLLM, said(400, "The decoder prompt (length 5000) is longer than the maximum model "
               "length of 4096.", type="BadRequestError", code=400), "context_length"),
    Documented("vllm tools", VLLM, said(400, '"auto" tool choice requires --enable-auto-tool-choice and '
               "--tool-call-parser to be set", code=400), "tools_unsupported", tools=True),
    Documented("vllm model", VLLM, said(404, "The model `m` does not exist.", type="NotFoundError"), "model_not_found"),
    Documented("vllm engine", VLLM, said(500, "EngineCore encountered an issue. See above."), "server_error"),
    Documented("vllm 200, abort", VLLM, ended("abort"), "error_in_answer"),
    Documented("llama.cpp loading", OPENAI, said(503, "Loading model", type="unavailable_error", code=503),
               "overloaded"),
    Documented("llama.cpp window", OPENAI, said(
        400, "the request exceeds the available context size. try increasing the context size or enable context shift",
        type="exceed_context_size_error", code=400, n_prompt_tokens=9000, n_ctx=8192), "context_length"),
    Documented("llama.cpp tools", OPENAI, said(500, "tools param requires --jinja flag", code=500),
               "tools_unsupported", tools=True),
    Documented("llama.cpp tool call", OPENAI, said(500, "Failed to parse input at pos 12: <tool_call>", code=500),
               "bad_tool_call"),
    Documented("ollama model", OLLAMA, Answer(404, {"error": 'model "m" not found, try pulling it first'}),
               "model_not_found"),
    Documented("ollama tools", OLLAMA, Answer(400, {"error": "registry.ollama.ai/library/m:2b does not support tools"}),
               "tools_unsupported", tools=True),
    Documented("ollama memory", OLLAMA, Answer(500, {"error": "model requires more system memory (5.6 GiB) than is "
               "available (2.0 GiB)"}), "not_loadable"),
    Documented("ollama busy", OLLAMA, Answer(503, {"error": "server busy, please try again. maximum pending requests "
               "exceeded"}), "overloaded"),
    # Anybody
    Documented("a long limit", OPENAI, said(429, "Too Many Requests", {"retry-after": "7200"}), "long_limit", 7200),
    Documented("a page of a proxy", OPENAI, Answer(502, "<html><h1>Bad Gateway</h1></html>",
               {"content-type": "text/html"}), "server_error"),
    Documented("cloudflare gave up", OPENAI, Answer(524, "error code: 524", {"content-type": "text/plain"}), "timeout"),
    Documented("cloudflare's own limit", OPENAI, Answer(429, "error code: 1015", {"content-type": "text/plain"}),
               "rate_limited"),
    Documented("not allowed by law", OPENAI, Answer(451, {}), "forbidden"),
    Documented("a redirect to nowhere", OPENAI, Answer(304, ""), "unknown"),
    Documented("hang up", OPENAI, Answer(hang_up=True), "connection_lost"),
)  # fmt: skip
