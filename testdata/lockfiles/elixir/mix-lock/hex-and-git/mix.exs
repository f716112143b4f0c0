defmodule Shop.MixProject do
  use Mix.Project

  def project do
    [
      app: :shop,
      version: "0.3.0",
      elixir: "~> 1.14",
      deps: deps(),
      description: "Sells things"
    ]
  end

  defp deps do
    [
      {:json, "~> 1.0"},
      {:credo, "~> 1.6", only: [:dev, :test], runtime: false},
      {:esaml, git: "https://github.com/example/esaml.git", tag: "v4.5.0"},
      {:core, in_umbrella: true}
    ]
  end
end
