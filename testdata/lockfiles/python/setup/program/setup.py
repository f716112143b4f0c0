"""Not run: pip install nothing==1.0"""
from setuptools import setup

INSTALL_REQUIRES = [
    "attrs>=17.4.0",
    'pathlib3==2.2.0;python_version<"3.6"',  # commented==1.0
]

setup(
    name="harbour",
    version="1.4.0",
    python_requires="==3.8.*",
    entry_points={"console_scripts": ["harbour=harbour.main:run"]},
    install_requires=INSTALL_REQUIRES + """
requests==2.31.0
flask==3.0.0
""".split(),
    extras_require={"checks": [" mypy2 == v0.770", "pytest"]},
    tests_require=["tox===4.0"],
)
