// Services that run models of many makers, and servers of one's own. What a row says is from
// the page it names in `docs`.

import { row, type Service } from "./service-row.ts";

const LOCAL = { keyless: true, pick: "" } as const;
const BEDROCK_KEYS = "AWS_BEARER_TOKEN_BEDROCK BEDROCK_API_KEY";

/** Hosts and gateways. */
export const HOSTS: readonly Service[] = [
  row("groq", "Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "https://console.groq.com/docs/openai"),
  row(
    "together",
    "Together AI",
    "https://api.together.ai/v1",
    "TOGETHER_API_KEY",
    "https://docs.together.ai/docs/openai-api-compatibility",
  ),
  row(
    "fireworks",
    "Fireworks AI",
    "https://api.fireworks.ai/inference/v1",
    "FIREWORKS_API_KEY",
    "https://docs.fireworks.ai/tools-sdks/openai-compatibility",
  ),
  row(
    "cerebras",
    "Cerebras",
    "https://api.cerebras.ai/v1",
    "CEREBRAS_API_KEY",
    "https://inference-docs.cerebras.ai/resources/openai",
    { tokensField: "max_completion_tokens" },
  ),
  row(
    "nvidia",
    "NVIDIA NIM",
    "https://integrate.api.nvidia.com/v1",
    "NVIDIA_API_KEY",
    "https://docs.api.nvidia.com/nim/reference/llm-apis",
  ),
  row(
    "huggingface",
    "Hugging Face",
    "https://router.huggingface.co/v1",
    "HF_TOKEN",
    "https://huggingface.co/docs/inference-providers/tasks/chat-completion",
  ),
  row(
    "deepinfra",
    "DeepInfra",
    "https://api.deepinfra.com/v1/openai",
    "DEEPINFRA_API_KEY",
    "https://deepinfra.com/docs/openai_api",
  ),
  row(
    "siliconflow",
    "SiliconFlow",
    "https://api.siliconflow.com/v1",
    "SILICONFLOW_API_KEY",
    "https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions",
  ),
  row(
    "venice",
    "Venice",
    "https://api.venice.ai/api/v1",
    "VENICE_API_KEY",
    "https://docs.venice.ai/api-reference/api-spec",
    { extra: { venice_parameters: { include_venice_system_prompt: false } } },
  ),
  row(
    "synthetic",
    "Synthetic",
    "https://api.synthetic.new/openai/v1",
    "SYNTHETIC_API_KEY",
    "https://dev.synthetic.new/docs/api/overview",
  ),
  row(
    "vercel",
    "Vercel AI Gateway",
    "https://ai-gateway.vercel.sh/v1",
    "AI_GATEWAY_API_KEY",
    "https://vercel.com/docs/ai-gateway/openai-compat",
  ),
  row(
    "opencode-zen",
    "OpenCode Zen",
    "https://opencode.ai/zen/v1",
    "OPENCODE_API_KEY",
    "https://opencode.ai/docs/zen/",
    {
      also: ["opencode", "opencode zen"],
    },
  ),
  row(
    "azure",
    "Azure OpenAI",
    "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
    "AZURE_API_KEY AZURE_OPENAI_API_KEY",
    "https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle",
    { keyHeader: "api-key", tokensField: "max_completion_tokens" },
  ),
  row(
    "cloudflare",
    "Cloudflare Workers AI",
    "https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
    "CLOUDFLARE_API_TOKEN CLOUDFLARE_API_KEY",
    "https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/",
  ),
  row(
    "bedrock",
    "Amazon Bedrock",
    "https://bedrock-runtime.{AWS_REGION}.amazonaws.com/openai/v1",
    BEDROCK_KEYS,
    "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html",
  ),
  row(
    "bedrock-mantle",
    "Amazon Bedrock Mantle",
    "https://bedrock-mantle.{AWS_REGION}.api.aws/v1",
    BEDROCK_KEYS,
    "https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html",
  ),
  row(
    "github-models",
    "GitHub Models",
    "https://models.github.ai/inference",
    "",
    "https://docs.github.com/en/github-models",
    {
      also: ["github", "github models"],
      retired: "GitHub Models was retired by GitHub on 2026-07-30 and answers no more.",
    },
  ),
];

/** Programs that people run themselves, mostly without a key. */
export const OWN: readonly Service[] = [
  row("ollama-cloud", "Ollama cloud", "https://ollama.com", "OLLAMA_API_KEY", "https://docs.ollama.com/cloud", {
    dialect: "ollama",
  }),
  row(
    "ollama",
    "Ollama",
    "http://127.0.0.1:11434",
    "OLLAMA_API_KEY",
    "https://github.com/ollama/ollama/blob/main/docs/api.md",
    { ...LOCAL, dialect: "ollama" },
  ),
  row(
    "lmstudio",
    "LM Studio",
    "http://127.0.0.1:1234/v1",
    "LMSTUDIO_API_KEY",
    "https://lmstudio.ai/docs/developer/openai-compat",
    LOCAL,
  ),
  row(
    "llama.cpp",
    "llama.cpp server",
    "http://127.0.0.1:8080/v1",
    "",
    "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
    { ...LOCAL, also: ["llamacpp", "llama-cpp"] },
  ),
  row(
    "vllm",
    "vLLM",
    "http://127.0.0.1:8000/v1",
    "VLLM_API_KEY",
    "https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html",
    LOCAL,
  ),
  row(
    "litellm",
    "LiteLLM proxy",
    "http://127.0.0.1:4000/v1",
    "LITELLM_API_KEY",
    "https://docs.litellm.ai/docs/proxy/user_keys",
  ),
];
