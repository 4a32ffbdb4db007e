"""
How the API server is reached: from within the cluster, or by a kubeconfig file.

Only this file and `api.py` use the official client, and only its configuration, credentials and
connections: its typed models are too slow for thousands of pods.
"""

import dataclasses
import pathlib

import yaml
from kubernetes import client, config
from kubernetes.config import ConfigException, incluster_config

from maestro import errors

SERVICE_ACCOUNT = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Where to ask, and as whom."""

    #: The file; empty: within the cluster.
    kubeconfig: str
    #: Of the file; empty: its current one.
    context: str = ""
    connections: int = 40
    #: Where a cluster puts the credentials of a pod.
    service_account: pathlib.Path = SERVICE_ACCOUNT

    def connect(self) -> client.ApiClient:
        """A client with the credentials as they are now. Raises Unavailable. Asks nobody."""
        configuration = client.Configuration()
        try:
            if not self.kubeconfig:
                incluster_config.InClusterConfigLoader(  # type: ignore[no-untyped-call]
                    token_filename=str(self.service_account / "token"),
                    cert_filename=str(self.service_account / "ca.crt"),
                ).load_and_set(configuration)
            else:
                config.load_kube_config(  # type: ignore[no-untyped-call]
                    self.kubeconfig,
                    context=self.context or None,
                    client_configuration=configuration,
                    persist_config=False,
                )
        except (ConfigException, OSError) as error:
            raise errors.Unavailable(f"access to Kubernetes: {error}") from error
        except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
            # Half written, perhaps. What cannot be read may be a secret, so it is not told.
            kind = type(error).__name__
            raise errors.Unavailable(f"access to Kubernetes: not readable ({kind})") from None
        configuration.connection_pool_maxsize = self.connections
        # Whoever asks decides whether asking again makes sense.
        configuration.retries = False
        return client.ApiClient(configuration)
