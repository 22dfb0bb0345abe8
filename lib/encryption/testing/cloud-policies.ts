// Test support: Azure's and GCP's endpoints with permissions that can be taken away, and keys that can be disabled; what
// they then answer is in the words of the cloud. For AWS see aws-kms.ts.
import { answerAsAzure, answerAsGcp } from './clouds.ts';
import type { EndpointReply, ReceivedRequest } from './kms-endpoint.ts';

export interface CloudPolicy {
  /** May be changed at any time. */
  wrap: boolean;
  unwrap: boolean;
  enabled: boolean;
}

type Handler = (request: ReceivedRequest) => EndpointReply;

/** Key Vault with RBAC. */
export function azureWithPolicy(policy: CloudPolicy): Handler {
  const forbidden = (message: string): EndpointReply => ({
    status: 403,
    body: { error: { code: 'Forbidden', message } },
  });
  return (request) => {
    const step = /\/(wrap|unwrap)key\?/.exec(request.path)?.[1];
    if (step !== 'wrap' && step !== 'unwrap') return answerAsAzure(request);
    if (!policy[step]) {
      return forbidden(
        'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role ' +
          'definitions were changed recently, please observe propagation time.\r\n' +
          `Action: 'Microsoft.KeyVault/vaults/keys/${step}/action'\r\nResource: 'clinic/keys/master'`,
      );
    }
    if (!policy.enabled) return forbidden(`Operation ${step}Key is not allowed on a disabled key.`);
    return answerAsAzure(request);
  };
}

/** Cloud KMS with IAM. */
export function gcpWithPolicy(policy: CloudPolicy): Handler {
  return (request) => {
    const [, resource = '', action] = /^\/v1\/(.+):(encrypt|decrypt)$/.exec(request.path) ?? [];
    if (action === undefined) return answerAsGcp(request);
    const [step, verb] =
      action === 'encrypt' ? (['wrap', 'Encrypt'] as const) : (['unwrap', 'Decrypt'] as const);
    if (!policy[step]) {
      const message = `Permission 'cloudkms.cryptoKeyVersions.useTo${verb}' denied on resource '${resource}' (or it may not exist).`;
      return { status: 403, body: { error: { code: 403, status: 'PERMISSION_DENIED', message } } };
    }
    if (!policy.enabled) {
      const message = `${resource}/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.`;
      return {
        status: 400,
        body: { error: { code: 400, status: 'FAILED_PRECONDITION', message } },
      };
    }
    return answerAsGcp(request);
  };
}
