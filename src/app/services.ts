// Model services that speak OpenAI chat completions, as data: name, base URL, key
// variables. Base URLs are from the services' own API references.

/** One row a service. `keys` in order of preference; none means that no key is needed. */
export interface Service {
  readonly id: string;
  readonly title: string;
  readonly baseUrl: string;
  readonly keys: readonly string[];
  /** Used when MODEL is not set; only where the service itself names a general one. */
  readonly model?: string;
}

export const SERVICES: readonly Service[] = [
  {
    id: "openrouter",
    title: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    keys: ["OPENROUTER_KEY", "OPENROUTER_API_KEY"],
    model: "openrouter/auto",
  },
  { id: "openai", title: "OpenAI", baseUrl: "https://api.openai.com/v1", keys: ["OPENAI_API_KEY"] },
  { id: "anthropic", title: "Anthropic", baseUrl: "https://api.anthropic.com/v1", keys: ["ANTHROPIC_API_KEY"] },
  {
    id: "gemini",
    title: "Google Gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  },
  { id: "groq", title: "Groq", baseUrl: "https://api.groq.com/openai/v1", keys: ["GROQ_API_KEY"] },
  { id: "deepseek", title: "DeepSeek", baseUrl: "https://api.deepseek.com/v1", keys: ["DEEPSEEK_API_KEY"] },
  { id: "mistral", title: "Mistral", baseUrl: "https://api.mistral.ai/v1", keys: ["MISTRAL_API_KEY"] },
  { id: "xai", title: "xAI", baseUrl: "https://api.x.ai/v1", keys: ["XAI_API_KEY"] },
  { id: "ollama", title: "Ollama", baseUrl: "http://127.0.0.1:11434/v1", keys: [] },
];

/** Every variable that may hold a service's key. */
export const SERVICE_KEY_VARIABLES: readonly string[] = SERVICES.flatMap((s) => s.keys);
